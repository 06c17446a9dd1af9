import { AppError } from '#core/errors.ts'
import { canonicalJson } from '#core/value.ts'
import type { WebhookRow } from '#runtime/catalog/console/webhooks.ts'
import { webhookKid, webhookSecret } from '#app/operations/webhook-secrets.ts'
import type { SigningSystem } from '#app/system.ts'
import type { WEBHOOK_ROUTES } from '#console/api/webhooks.ts'
import { hashOf } from '../access/secrets.ts'
import type { Handlers } from '../call.ts'
import { checkAddress, eventOf } from '../webhooks/send.ts'
import type { WebhookOptions, WebhookWork } from '../webhooks/work.ts'
import { cursorOf, ORDINAL, pageOf } from './shapes.ts'

export function webhookAnswers(
  work: WebhookWork,
  { hosts, emulator }: Pick<WebhookOptions, 'hosts' | 'emulator'>,
): Handlers<keyof typeof WEBHOOK_ROUTES> {
  return {
    async 'webhooks.list'({ system }) {
      return { items: (await system.catalog.console.webhooks.list()).map(webhookOut), next: null }
    },

    async 'webhooks.make'({ who, system, body, id }) {
      const { url, actions } = body
      checkAddress(url, hosts, emulator)
      const kid = await webhookKid(system)
      const digest = hashOf(canonicalJson({ url, actions, by: who.person }))
      const made = { id, digest, url, actions, kid, madeBy: who.person }
      const row = await system.catalog.console.webhooks.make(made)
      return { webhook: webhookOut(row), secret: await webhookSecret(system, row) }
    },

    async 'webhooks.remove'({ who, system, params }) {
      if (!(await system.catalog.console.webhooks.remove(params.webhook, who.person))) throw missing()
    },

    async 'webhooks.test'({ system, params, id }) {
      const row = await webhookOf(system, params.webhook)
      const time = new Date().toISOString()
      const { delivered, says } = await work.send(row, {
        id: `test-${id}`,
        type: 'credence.webhook.test',
        time,
        data: {},
      })
      return { delivered, says }
    },

    async 'webhooks.letters'({ system, params, query }) {
      await webhookOf(system, params.webhook)
      const { limit, cursor } = query
      const after = cursorOf(cursor, ORDINAL, Number)
      const rows = await system.catalog.console.webhooks.letters({ webhook: params.webhook, after, limit: limit + 1 })
      return pageOf(
        rows,
        limit,
        ({ seq }) => String(seq),
        ({ seq, reason, at }) => ({ seq, reason, at: at.toISOString() }),
      )
    },

    async 'webhooks.redeliver'({ who, system, params }) {
      const { webhooks } = system.catalog.console
      const row = await webhookOf(system, params.webhook)
      const [letter] = await webhooks.letters({ webhook: row.id, after: params.seq + 1, limit: 1 })
      const entry = letter?.seq === params.seq ? await webhooks.entry(params.seq) : null
      if (entry === null) throw new AppError('not_found', 'no such entry was set aside, or it was delivered since')
      const { delivered, says } = await work.send(row, eventOf(entry))
      if (delivered) await webhooks.delivered(row.id, params.seq, who.person)
      return { delivered, says }
    },
  }
}

async function webhookOf({ catalog }: SigningSystem, id: string): Promise<WebhookRow> {
  const row = await catalog.console.webhooks.get(id)
  if (row === null) throw missing()
  return row
}

function missing(): AppError {
  return new AppError('not_found', 'there is no such webhook')
}

function webhookOut({ id, url, actions, madeBy, madeAt, told, failing, tries }: WebhookRow) {
  return { id, url, actions: [...actions], by: madeBy, at: madeAt.toISOString(), told, failing, tries }
}
