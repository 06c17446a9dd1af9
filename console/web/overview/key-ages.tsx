import { plural, visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { hrefOf } from '../place.ts'
import { TEXTS } from '../texts.ts'

/** From this share of its age on a key is near it. */
const NEAR = 0.8

/** Keys that wrap or sign now, and how long they may still; the oldest first. */
export function KeyAges() {
  const words = TEXTS.overview.keys
  const { fetched, again } = useAnswer((signal) => call('GET /v1/keys', { signal }), 'keys')
  return (
    <>
      <h2>{words.title}</h2>
      <Answered of={fetched} again={again} lines={2}>
        {({ versions, epochs, oldAfterDays }) => {
          const wrapping = versions.map(({ current, ageDays, provider, version }) => ({
            current,
            ageDays,
            name: words.version(provider, visible(version)),
          }))
          const signing = epochs
            .filter(({ dataset }) => dataset === '_signing')
            .map(({ current, ageDays, epoch }) => ({ current, ageDays, name: words.signing(epoch) }))
          const inUse = [...wrapping, ...signing]
            .filter(({ current, ageDays }) => current && ageDays !== null)
            .sort((a, b) => (b.ageDays ?? 0) - (a.ageDays ?? 0))
          return (
            <>
              <p className="quiet">{words.says(plural(oldAfterDays, 'day'))}</p>
              <Table
                head={[words.key, words.state, words.age]}
                text={2}
                rows={inUse.map(({ name, ageDays }) => [
                  <a key="name" href={hrefOf({ page: 'keys' })}>
                    {name}
                  </a>,
                  <State key="state" share={(ageDays ?? 0) / oldAfterDays} />,
                  plural(ageDays ?? 0, 'day'),
                ])}
                none={words.none}
              />
            </>
          )
        }}
      </Answered>
    </>
  )
}

function State({ share }: { readonly share: number }) {
  const words = TEXTS.overview.keys.states
  if (share < NEAR) return words.young
  return <span className={`tag ${share < 1 ? 'warn' : 'rejected'}`}>{share < 1 ? words.near : words.old}</span>
}
