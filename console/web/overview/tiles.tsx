import { count, duration, percent, plural } from '#present/text.ts'
import { hrefOf } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { figure, ofQueue } from './links.tsx'
import type { Overview } from './answer.ts'

/** The state of the whole in four numbers: how much is held, how far behind the pipeline is, and what could not become a record. */
export function Tiles({ overview: { datasets, days, waiting, deadLetters } }: { readonly overview: Overview }) {
  const words = TEXTS.overview
  const sum = (key: 'received' | 'quarantined' | 'rejected') => days.reduce((total, day) => total + day[key], 0)
  const held = sum('quarantined') + sum('rejected')
  const letters = deadLetters.reduce((total, of) => total + of.count, 0)
  const behind = waiting.filter(({ windows }) => windows > 0)
  return (
    <dl className="facts tiles">
      <div>
        <dt>{words.lately}</dt>
        <dd>{figure(sum('received'), hrefOf({ page: 'windows' }))}</dd>
      </div>
      <div>
        <dt>{words.heldOfThem}</dt>
        <dd>
          {ofQueue(held, 'decision:quarantine,reject')} <small>{percent(held, sum('received'))}</small>
        </dd>
      </div>
      {behind.map(({ state, windows, oldestSeconds }) => (
        <div key={state}>
          <dt>{words.behind[state]}</dt>
          <dd>
            <a href={hrefOf({ page: 'windows', state })}>{plural(windows, 'window')}</a>{' '}
            <small>{words.since(duration(oldestSeconds))}</small>
          </dd>
        </div>
      ))}
      {behind.length === 0 && (
        <div>
          <dt>{words.lag}</dt>
          <dd>{words.noLag}</dd>
        </div>
      )}
      <div>
        <dt>{words.letters}</dt>
        <dd>{figure(letters, hrefOf({ page: 'letters' }))}</dd>
      </div>
      <div>
        <dt>{words.datasets}</dt>
        <dd>{count(datasets.length)}</dd>
      </div>
    </dl>
  )
}
