import { useState } from 'react'
import { FAMILY_WORDS } from '#present/words.ts'
import { visible } from '#present/text.ts'
import { quoted } from '#console/api/query/parse.ts'
import { call, type Campaign } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useEvents } from '../api/use-events.ts'
import { Answered } from '../parts/states.tsx'
import { hrefOf, WAITING } from '../place.ts'
import { TEXTS } from '../texts.ts'

/** What finds the records of a campaign that wait. */
export function queryOf({ id, dataset }: { readonly id: string; readonly dataset: string }): string {
  return `${WAITING} dataset:${quoted(dataset)} campaign:${quoted(id)}`
}

/** Campaigns with something to decide: one decision about an attack is worth many about records. */
export function Campaigns({ q, done }: { readonly q: string; readonly done: number }) {
  const [applied, setApplied] = useState(0)
  useEvents((name, data) => {
    const isOver = name === 'bulk.progress' && data['state'] !== 'running'
    if (isOver || name === 'review.applied' || name === 'window.committed') setApplied((n) => n + 1)
  })
  const { fetched, again } = useAnswer((signal) => call('GET /v1/campaigns', { signal }), `${done} ${applied}`)
  // what is there stays while its counts are asked for again
  const [last, setLast] = useState(fetched)
  if (fetched.state !== 'loading' && fetched !== last) setLast(fetched)
  const shown = fetched.state === 'loading' ? last : fetched
  return (
    <section className="campaigns" aria-labelledby="campaigns-title">
      <h2 id="campaigns-title">{TEXTS.queue.campaigns}</h2>
      <Answered of={shown} again={again} lines={6}>
        {({ items }) => {
          const waiting = items.filter((campaign) => campaign.waiting > 0)
          return (
            <ul>
              <li>
                <a href={hrefOf({ page: 'queue' })} aria-current={q === WAITING ? 'true' : undefined}>
                  <strong>{TEXTS.queue.allRecords}</strong>
                  {waiting.length === 0 && <small>{TEXTS.queue.noCampaigns}</small>}
                </a>
              </li>
              {waiting.map((campaign) => (
                <CampaignRow key={`${campaign.dataset}\n${campaign.id}`} campaign={campaign} q={q} />
              ))}
            </ul>
          )
        }}
      </Answered>
    </section>
  )
}

function CampaignRow({ campaign, q }: { readonly campaign: Campaign; readonly q: string }) {
  const own = queryOf(campaign)
  return (
    <li>
      <a href={hrefOf({ page: 'queue', q: own })} aria-current={q === own ? 'true' : undefined}>
        <span className="tag warn">{FAMILY_WORDS[campaign.family].name}</span>{' '}
        <strong>
          {visible(campaign.dataset)}
          {campaign.label !== null && `, ${TEXTS.record.label.toLowerCase()} ${visible(campaign.label)}`}
        </strong>
        <small>{TEXTS.queue.ofCampaign(campaign.members, campaign.waiting)}</small>
      </a>
    </li>
  )
}
