/** Answers without an end: a hub reads no more of them than it needs. */
import { must } from '../check.ts'
import type { Context } from '../context.ts'
import type { RawReply } from '../site/server.ts'

/** More than any socket holds back. */
const ENDLESS = 32 * 2 ** 20

interface EndlessAnswer {
  /** @param beginning of the body */
  reply(status: number, beginning: string): RawReply
  /** @throws Failure unless the hub leaves off in time, and before it has read all that there is */
  isCutOff(context: Context): Promise<void>
}

export function endlessAnswer(): EndlessAnswer {
  let sent = 0
  let closed = false
  return {
    reply: (status, beginning) => (response) => {
      response.on('close', () => (closed = true))
      response.writeHead(status, { 'Content-Type': 'text/plain' }).write(beginning)
      const chunk = Buffer.alloc(2 ** 18, 'x')
      const more = () => {
        while (!closed && sent < ENDLESS) {
          sent += chunk.length
          if (!response.write(chunk)) return void response.once('drain', more)
        }
        response.destroy()
      }
      more()
    },
    async isCutOff(context) {
      must(await context.until(() => closed), 'the connection of an endless answer was not closed')
      must(sent < ENDLESS, `${Math.round(ENDLESS / 2 ** 20)} MB of an endless answer were read`)
    },
  }
}
