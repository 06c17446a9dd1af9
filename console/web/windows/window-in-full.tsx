import { useState } from 'react'
import { visible } from '#present/text.ts'
import { quoted } from '#console/api/query/parse.ts'
import { call, type AnswerOf } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { MapPart } from '../map/map-part.tsx'
import { CampaignName } from '../parts/campaign-name.tsx'
import { Answered } from '../parts/states.tsx'
import { hrefOf } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { Replay } from './replay.tsx'
import type { VerifiedChain } from './verify-chain.ts'

/** A window: what is signed of it, its campaigns, and what another policy would have decided. */
export function WindowInFull({ id, mayOpen }: { readonly id: string; readonly mayOpen: boolean }) {
  const { fetched, again } = useAnswer(async (signal) => {
    const window = await call('GET /v1/windows/{window}', { params: { window: id }, signal })
    const { items } = await call('GET /v1/campaigns', { query: { dataset: window.dataset }, signal })
    return { window, campaigns: items.filter((campaign) => campaign.windows.includes(id)) }
  }, id)
  const words = TEXTS.windows
  return (
    <article className="panel opened" aria-label={words.one}>
      <Answered of={fetched} again={again} lines={6}>
        {({ window, campaigns }) => (
          <>
            <h2>
              {visible(window.dataset)} <code>{window.id}</code>
            </h2>
            {window.lastError !== null && <p className="alarm">{visible(window.lastError)}</p>}
            <div className="pair">
              <section className="part">
                <h3>{TEXTS.queue.campaigns}</h3>
                {campaigns.length === 0 && <p className="quiet">{words.noCampaigns}</p>}
                <ul>
                  {campaigns.map((campaign) => (
                    <li key={campaign.id}>
                      <a
                        title={visible(campaign.id)}
                        href={hrefOf({
                          page: 'queue',
                          q: `window:${quoted(id)} campaign:${quoted(campaign.id)}`,
                        })}
                      >
                        <CampaignName of={campaign} />
                      </a>{' '}
                      <small>{TEXTS.queue.ofCampaign(campaign.held, campaign.waiting)}</small>
                    </li>
                  ))}
                </ul>
              </section>
              <section className="part">
                <h3>{words.manifest}</h3>
                {window.manifest === null ? (
                  <p className="quiet">{words.noManifest}</p>
                ) : (
                  <ManifestPart window={window} />
                )}
              </section>
            </div>
            {window.state === 'committed' && <MapPart key={id} id={id} mayOpen={mayOpen} />}
            {window.state === 'committed' && <Replay id={id} mayOpen={mayOpen} />}
          </>
        )}
      </Answered>
    </article>
  )
}

type WindowRow = AnswerOf<'GET /v1/windows/{window}'>

function ManifestPart({ window: { id, dataset } }: { readonly window: WindowRow }) {
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/windows/{window}/manifest', { params: { window: id }, signal }),
    id,
  )
  return (
    <Answered of={fetched} again={again}>
      {(manifest) => <Verified key={manifest.sha256} dataset={dataset} manifest={manifest} />}
    </Answered>
  )
}

interface VerifiedProps {
  readonly dataset: string
  readonly manifest: AnswerOf<'GET /v1/windows/{window}/manifest'>
}

function Verified({ dataset, manifest }: VerifiedProps) {
  const words = TEXTS.windows
  const [verified, setVerified] = useState<VerifiedChain | 'busy' | 'failed' | null>(null)
  const verify = async () => {
    setVerified('busy')
    try {
      // fetched when it is asked for: most who look at a window do not verify it here
      const { verifyChain } = await import('./verify-chain.ts')
      setVerified(await verifyChain(dataset, manifest.sha256))
    } catch {
      // a browser without Ed25519, or a server that does not answer
      setVerified('failed')
    }
  }
  const refused = verified !== null && typeof verified !== 'string' && 'refused' in verified ? verified.refused : null
  return (
    <>
      <dl className="named">
        <div>
          <dt>{words.path}</dt>
          <dd>
            <code>{visible(manifest.path)}</code>
          </dd>
        </div>
        <div>
          <dt>SHA-256</dt>
          <dd>
            <code>{manifest.sha256}</code>
          </dd>
        </div>
      </dl>
      <p className="does">
        <button type="button" className="button small" disabled={verified === 'busy'} onClick={() => void verify()}>
          {words.verify}
        </button>
      </p>
      <p role="status" className={refused !== null || verified === 'failed' ? 'alarm' : undefined}>
        {verified === 'busy' && words.verifying}
        {verified === 'failed' && words.cannotVerify}
        {refused !== null && words.bad(visible(refused))}
        {verified !== null && typeof verified !== 'string' && 'links' in verified && (
          <>
            {words.good(verified.links)} <code>{verified.key}</code>
          </>
        )}
      </p>
    </>
  )
}
