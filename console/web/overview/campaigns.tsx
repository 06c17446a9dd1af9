import { visible } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'
import { quoted } from '#console/api/query/parse.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useLast } from '../api/use-last.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { WAITING } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { ofQueue } from './links.tsx'

/** Those with most to decide. */
const SHOWN = 10
/** What is as high as the table that follows, so that nothing below it moves. */
const LINES = 17

export function Campaigns({ round }: { readonly round: number }) {
  const words = TEXTS.overview
  const { fetched, again } = useAnswer((signal) => call('GET /v1/campaigns', { signal }), `campaigns ${round}`)
  return (
    <>
      <h2>{words.campaigns}</h2>
      <Answered of={useLast(fetched)} again={again} lines={LINES}>
        {({ items }) => (
          <Table
            head={[words.campaign, words.dataset, words.family, words.label, words.waiting, words.members]}
            text={4}
            rows={items.slice(0, SHOWN).map(({ id, dataset, family, label, waiting, members }) => {
              const q = `dataset:${quoted(dataset)} campaign:${quoted(id)}`
              return [
                visible(id),
                visible(dataset),
                FAMILY_WORDS[family].name,
                label === null ? '–' : visible(label),
                ofQueue(waiting, `${WAITING} ${q}`),
                ofQueue(members, q),
              ]
            })}
            none={words.noCampaign}
          />
        )}
      </Answered>
    </>
  )
}
