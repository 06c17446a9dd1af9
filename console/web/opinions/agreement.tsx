import { count, visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { hrefOf } from '../place.ts'
import { TEXTS } from '../texts.ts'

const share = (part: number, of: number) => (of === 0 ? '–' : `${count(part)} of ${count(of)}`)

/** How far people agree, over all and each of them. */
export function AgreementPart({ round }: { readonly round: number }) {
  const words = TEXTS.opinions
  const { fetched, again } = useAnswer((signal) => call('GET /v1/opinions/agreement', { signal }), `agreement ${round}`)
  return (
    <section aria-labelledby="agreement-title">
      <h2 id="agreement-title">{words.agreement}</h2>
      <Answered of={fetched} again={again} lines={2}>
        {({ alpha, between, units, disputed, people }) => (
          <>
            <p className="none">
              {alpha === null ? (
                words.noAlpha
              ) : (
                <>
                  <strong>{words.alpha(alpha)}</strong>{' '}
                  {between !== null && words.between(between[0] ?? 0, between[1] ?? 0)} {words.over(units)}
                </>
              )}{' '}
              {disputed > 0 && <a href={hrefOf({ page: 'queue', q: 'is:disputed' })}>{words.disputed(disputed)}</a>}
            </p>
            <Table
              head={[words.person, words.said, words.alike, words.gold]}
              rows={people.map(({ person, said, compared, alike, gold, right }) => [
                visible(person),
                count(said),
                share(alike, compared),
                share(right, gold),
              ])}
              none={words.nobody}
            />
          </>
        )}
      </Answered>
    </section>
  )
}
