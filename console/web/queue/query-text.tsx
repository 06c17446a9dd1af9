import { visible } from '#present/text.ts'
import type { Campaign } from '../api/client.ts'
import { CampaignName } from '../parts/campaign-name.tsx'
import { TEXTS } from '../texts.ts'
import { queryOf } from './use-campaigns.ts'
import { namedBy } from './use-selection.ts'

interface Props {
  readonly q: string
  readonly campaigns: readonly Campaign[]
}

/** A query, in words where it asks for what waits of one campaign. */
export function QueryText({ q, campaigns }: Props) {
  const whole = campaigns.find((campaign) => queryOf(campaign) === q)
  const named = namedBy(q)
  if (named !== null) return <span title={visible(q)}>{TEXTS.select.named(named)}</span>
  if (whole === undefined) return <code>{visible(q)}</code>
  return (
    <span title={visible(q)}>
      <CampaignName of={whole} />
    </span>
  )
}
