import { httpTransport, type Transport } from '#services/federate/http/transport.ts'
import { identityOf } from './federation.ts'
import { raise, resign } from './resign.ts'

/** Of a client that signs another sketch than that of what it masked, in every round. */
export function lyingTransport(name: string, port: number, session: string): Transport {
  const send = httpTransport(`http://127.0.0.1:${port}`)
  return (call) => {
    const [, round, stage] = /round=(\d+)&stage=(\w+)/.exec(call.path) ?? []
    if (call.method !== 'POST' || stage !== 'sketch') return send(call)
    const who = { name, identity: identityOf(name), session: Buffer.from(session, 'hex'), round: Number(round) }
    return send({ ...call, body: resign(call.body!, who, 'sketch', raise(3)) })
  }
}
