/** What the bench's programs have in common: they listen, say where, and end with whoever started them. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** @param host `0.0.0.0` where a program stands for many hosts: all of 127.0.0.0/8 is this machine */
export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host, 4096)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

export function ready(ports: Record<string, number>): void {
  process.stdin.resume().on('end', () => process.exit(0))
  process.stdout.write(`${JSON.stringify(ports)}\n`)
}
