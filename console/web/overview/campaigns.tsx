import { visible } from '#present/text.ts'
import { quoted } from '#console/api/query/parse.ts'
import { call, type Campaign } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useLast } from '../api/use-last.ts'
import { CampaignName, fromText } from '../parts/campaign-name.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { WAITING } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { ofQueue } from './links.tsx'

/** Those with most to decide. */
const SHOWN = 10
/** What is as high as the table that follows, so that nothing below it moves. */
const LINES = 23

export function Campaigns({ round }: { readonly round: number }) {
  const words = TEXTS.overview
  const { fetched, again } = useAnswer((signal) => call('GET /v1/campaigns', { signal }), `campaigns ${round}`)
  const last = useLast(fetched)
  const shown = last.state === 'there' ? last.value.items.slice(0, SHOWN) : []
  const sentences = useSentences(shown)
  return (
    <>
      <h2>{words.campaigns}</h2>
      <Answered of={last} again={again} lines={LINES}>
        {() => (
          <Table
            head={[words.campaign, words.broughtBy, words.waiting, words.members]}
            text={2}
            rows={shown.map((campaign) => {
              const { id, dataset, waiting, held } = campaign
              const q = `dataset:${quoted(dataset)} campaign:${quoted(id)}`
              return [
                <span key="name" title={visible(id)}>
                  <CampaignName of={campaign} />
                  <small className="sentence" title={sentences(campaign)}>
                    {sentences(campaign)}
                  </small>
                </span>,
                fromText(campaign) ?? '–',
                ofQueue(waiting, `${WAITING} ${q}`),
                ofQueue(held, q),
              ]
            })}
            none={words.noCampaign}
          />
        )}
      </Answered>
    </>
  )
}

/** What each is in a sentence: asked for behind the list, which does not wait for windows to be opened. */
function useSentences(campaigns: readonly Campaign[]): (campaign: Campaign) => string {
  const of = campaigns.map(keyOf).join('\n')
  const { fetched } = useAnswer(
    async (signal) => (of === '' ? { items: [] } : call('GET /v1/campaigns', { query: { summaries: SHOWN }, signal })),
    `sentences ${of}`,
  )
  const known = new Map(
    fetched.state === 'there' ? fetched.value.items.map((campaign) => [keyOf(campaign), campaign.summary]) : [],
  )
  return (campaign) => visible(known.get(keyOf(campaign)) ?? '')
}

function keyOf({ dataset, id }: Campaign): string {
  return `${dataset} ${id}`
}
