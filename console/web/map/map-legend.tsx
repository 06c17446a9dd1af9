import { visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useAnswer, type Fetched } from '../api/use-answer.ts'
import { campaignText } from '../parts/campaign-name.tsx'
import { Skeleton } from '../parts/states.tsx'
import { TEXTS } from '../texts.ts'
import {
  DECISION_INKS,
  isAttribute,
  RISK_STEPS,
  SERIES,
  type MapAttribute,
  type MapMode,
  type WindowMapData,
} from './map-colours.ts'

interface Props {
  /** The window. */
  readonly id: string
  readonly data: WindowMapData
  readonly mode: MapMode
  readonly attribute: Fetched<MapAttribute | null>
}

/** What each colour stands for. */
export function Legend({ id, data, mode, attribute }: Props) {
  if (mode === 'campaign') return <CampaignLegend id={id} data={data} />
  if (isAttribute(mode)) return <AttributeLegend of={attribute} />
  const words = TEXTS.map
  return (
    <ul className="legend">
      {mode === 'decision'
        ? DECISION_INKS.map((ink, i) => <Entry key={ink} ink={ink} says={words.decisions[i] ?? ''} />)
        : Array.from({ length: RISK_STEPS }, (_, i) => (
            <Entry key={i} ink={`--risk-${i}`} says={words.from(i / RISK_STEPS)} />
          ))}
    </ul>
  )
}

function CampaignLegend({ id, data: { campaigns } }: Pick<Props, 'id' | 'data'>) {
  const words = TEXTS.map
  const { fetched } = useAnswer((signal) => call('GET /v1/campaigns', { signal }), id)
  const known = fetched.state === 'there' ? fetched.value.items : []
  const nameOf = (campaign: string) => {
    const found = known.find((of) => of.id === campaign && of.windows.includes(id))
    return found === undefined ? visible(campaign) : campaignText(found)
  }
  return (
    <ul className="legend">
      {campaigns.slice(0, SERIES).map((campaign, i) => (
        <Entry key={campaign.id} ink={`--series-${i}`} says={nameOf(campaign.id)} />
      ))}
      <Entry ink="--pending" says={words.noCampaign} />
      {campaigns.length > SERIES && <li>{words.again(campaigns.length - SERIES)}</li>}
    </ul>
  )
}

function AttributeLegend({ of }: { readonly of: Fetched<MapAttribute | null> }) {
  const words = TEXTS.map
  if (of.state === 'refused') return <p role="alert">{of.refusal.problem.detail}</p>
  if (of.state === 'loading' || of.value === null) return <Skeleton lines={1} />
  const { values, others } = of.value
  return (
    <ul className="legend">
      {values.map(({ value, records }, i) => (
        <Entry key={value} ink={`--series-${i}`} says={words.has(visible(value), records)} />
      ))}
      <Entry ink="--pending" says={words.otherwise(others)} />
    </ul>
  )
}

function Entry({ ink, says }: { readonly ink: string; readonly says: string }) {
  return (
    <li>
      <svg viewBox="0 0 10 10" aria-hidden="true">
        <circle cx="5" cy="5" r="5" style={{ fill: `var(${ink})` }} />
      </svg>
      {says}
    </li>
  )
}
