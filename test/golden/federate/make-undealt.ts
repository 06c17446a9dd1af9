import { decodeDelivery, encodeDelivery } from '#services/federate/secure/bodies.ts'
import { rehearse } from './rehearsed.ts'

/**
 * Writes undealt.json: every message of a round in which one client deals shares that three of seven cannot use, who say so; and requests and answers with
 * exactly one fault each. Run it when the protocol changes, and only then: `node test/golden/federate/make-undealt.ts`.
 */

const [COMMITMENT, SEALED, DIGEST, MEMBERS] = [32, 80, 32, 7]
const updates = Object.fromEntries(
  Array.from({ length: MEMBERS }, (_, place) => [
    `client-000${place}`,
    { update: [place / 8, -place / 8, 0.5, -0.5, 0, 1], weight: 1 },
  ]),
)
/** Two of the shares do not open, and a third opens and is another than its digest says. */
const spoil = (body: Uint8Array) => {
  body[COMMITMENT]! ^= 1
  body[COMMITMENT + SEALED]! ^= 1
  body[COMMITMENT + (MEMBERS - 1) * SEALED + 3 * DIGEST]! ^= 1
}
const dealer = { client: 'client-0003', stage: 'share', change: spoil } as const
const { asked, altered, exchanges, write } = rehearse('undealt', updates, { twist: dealer })

const delivery = decodeDelivery(asked('mask').opened.body, MEMBERS)
const cut = encodeDelivery(delivery).subarray(0, -1)
const fewer = encodeDelivery({ ...delivery, dealt: delivery.dealt.slice(1) })

/** The last two bytes of a vector with a complaint say whom it is about. */
const about = (index: number) => (body: Uint8Array) => void (body[body.length - 1] = index)
const vectors = exchanges.filter(({ stage }) => stage === 'mask')
const longest = Math.max(...vectors.map(({ answer }) => answer!.length))
const client = vectors.find(({ answer }) => answer!.length === longest)!.client
const complaint = { client, stage: 'mask', fault: 'unknown_index' } as const

write(
  'golden shares',
  [
    ['wrong_size', 'mask', altered('mask', { body: cut })],
    ['wrong_size', 'mask', altered('mask', { body: fewer })],
  ],
  [
    { ...complaint, change: about(Number(client.slice(7))) },
    { ...complaint, change: about(MEMBERS) },
  ],
)
