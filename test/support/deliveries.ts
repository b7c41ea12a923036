/** What an operator sees of deliveries. */
import type { AcmeHub } from './acme.ts'
import { until } from './until.ts'

export interface DeliveryView {
  id: string
  subscription: string
  topic: string
  jti: string
  state: 'waiting' | 'delivered' | 'dead' | 'dropped'
  attempts: number
  due_at: string | null
  created_at: string
  settled_at: string | null
  receipts: { attempt: number; ms: number; status: number | null; outcome: string; said: string | null }[]
}

export const deliveriesListed = async (hub: AcmeHub, query = ''): Promise<DeliveryView[]> =>
  (await hub.admin.get<{ items: DeliveryView[] }>(`/deliveries?limit=500${query}`)).items

export const readDelivery = (hub: AcmeHub, id: string): Promise<DeliveryView> =>
  hub.admin.get<DeliveryView>(`/deliveries/${id}`)

/** The delivery, as soon as it is so. */
export async function whenDelivery(
  hub: AcmeHub,
  id: string,
  reached: (delivery: DeliveryView) => boolean,
): Promise<DeliveryView> {
  let found = await readDelivery(hub, id)
  await until(async () => {
    found = await readDelivery(hub, id)
    return reached(found)
  })
  return found
}
