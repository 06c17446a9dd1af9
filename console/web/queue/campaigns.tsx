import { useEffect, useRef } from 'react'
import { visible } from '#present/text.ts'
import type { Campaign } from '../api/client.ts'
import { CampaignName, fromText } from '../parts/campaign-name.tsx'
import { Answered } from '../parts/states.tsx'
import { hrefOf, WAITING } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { queryOf, type Campaigns } from './use-campaigns.ts'

interface Props {
  readonly q: string
  readonly campaigns: Campaigns
}

/** Campaigns with something to decide: one decision about an attack is worth many about records. */
export function CampaignList({ q, campaigns: { fetched, again, waiting } }: Props) {
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [q])
  return (
    <section className="campaigns" aria-labelledby="campaigns-title">
      <header>
        <h2 id="campaigns-title">{TEXTS.queue.campaigns}</h2>
        {waiting.length > 0 && (
          <span className="quiet">
            {waiting.length} <kbd aria-hidden="true">c</kbd>
          </span>
        )}
      </header>
      <Answered of={fetched} again={again} lines={6}>
        {() => (
          <ul ref={list}>
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
        )}
      </Answered>
    </section>
  )
}

function CampaignRow({ campaign, q }: { readonly campaign: Campaign; readonly q: string }) {
  const own = queryOf(campaign)
  const { held, waiting } = campaign
  const from = fromText(campaign)
  return (
    <li>
      <a
        href={hrefOf({ page: 'queue', q: own })}
        aria-current={q === own ? 'true' : undefined}
        title={visible(campaign.id)}
      >
        <CampaignName of={campaign} />
        <small>{TEXTS.queue.ofCampaign(held, waiting)}</small>
        {from !== null && <small>{from}</small>}
      </a>
    </li>
  )
}

/** The campaign to go on with. */
export function NextCampaign({ of }: { readonly of: Campaign }) {
  return (
    <a className="button next-campaign" aria-keyshortcuts="c" href={hrefOf({ page: 'queue', q: queryOf(of) })}>
      <span>{TEXTS.queue.nextCampaign}</span> <CampaignName of={of} /> <kbd aria-hidden="true">c</kbd>
    </a>
  )
}
