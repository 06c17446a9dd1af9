import { visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { campaignText } from '../parts/campaign-name.tsx'
import { TEXTS } from '../texts.ts'
import { DECISION_INKS, RISK_STEPS, SERIES, type MapMode, type WindowMapData } from './map-colours.ts'

interface Props {
  /** The window. */
  readonly id: string
  readonly data: WindowMapData
  readonly mode: MapMode
}

/** What each colour stands for. */
export function Legend({ id, data, mode }: Props) {
  if (mode === 'campaign') return <CampaignLegend id={id} data={data} />
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

function CampaignLegend({ id, data: { campaigns } }: Omit<Props, 'mode'>) {
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
