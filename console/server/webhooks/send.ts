import { createHmac } from 'node:crypto'
import { AppError, isAppError } from '#core/errors.ts'
import type { AuditEntry } from '#runtime/audit/log.ts'

/** What came of one delivery. */
export interface Delivery {
  readonly delivered: boolean
  /** Whether who was told is likely to take it later. */
  readonly later: boolean
  readonly says: string
}

export interface CloudEvent {
  readonly id: string
  readonly type: string
  readonly time: string
  readonly subject?: string
  readonly data: object
}

const PATIENCE_MS = 10_000
/** Not refusals of what was sent: who answers so may take it later. */
const LATER = new Set([404, 408, 425, 429])

/** An entry of the audit log in CloudEvents 1.0: the same entry has the same id, however often it is sent. */
export function eventOf({ seq, at, actor, action, subject, detail }: AuditEntry): CloudEvent {
  return { id: String(seq), type: `credence.${action}`, time: at, subject, data: { ...detail, actor } }
}

/**
 * Posts an event in CloudEvents' structured mode, signed as Standard Webhooks does: HMAC-SHA256 over id, time and body. Follows no
 * redirect, and reads nothing of what is answered.
 */
export async function post(url: string, source: string, event: CloudEvent, secret: string): Promise<Delivery> {
  const body = JSON.stringify({ specversion: '1.0', source, datacontenttype: 'application/json', ...event })
  const seconds = String(Math.floor(Date.now() / 1000))
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const mac = createHmac('sha256', key).update(`${event.id}.${seconds}.${body}`).digest('base64')
  const headers = {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'webhook-id': event.id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${mac}`,
  }
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    await answer.body?.cancel()
    const later = answer.status >= 500 || LATER.has(answer.status)
    return { delivered: answer.ok, later, says: `it answered ${answer.status}` }
  } catch {
    return { delivered: false, later: true, says: `it did not answer within ${PATIENCE_MS / 1000} seconds` }
  }
}

/** Where webhooks may go. Throws `denied` (`webhook_host`) for an address anywhere else. */
export function checkAddress(url: string, hosts: readonly string[], emulator: boolean): void {
  const { protocol, host, username, password } = new URL(url)
  const refuse = (why: string) => new AppError('denied', `no webhook goes there: ${why}`, { reason: 'webhook_host' })
  if (!hosts.includes(host)) throw refuse(`console.webhooks.hosts does not name ${host}`)
  if (protocol !== 'https:' && !emulator) throw refuse('it has to be https')
  if (username !== '' || password !== '') throw refuse('a name and a password in an address end up in logs')
}

/** Why a webhook that cannot be sent to at all fails; null where the error is not about it. */
export function faultOf(error: unknown): string | null {
  if (!isAppError(error)) return null
  if (error.reason === 'webhook_host') return error.message
  return error.code === 'not_found' || error.code === 'denied'
    ? 'the key of its secret is gone: make another one'
    : null
}
