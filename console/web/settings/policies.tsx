import { useState } from 'react'
import { count, percent, riskText, visible } from '#present/text.ts'
import { call, type AnswerOf } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useDatasets } from '../parts/choice.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { hrefOf } from '../place.ts'
import { TEXTS, timeText } from '../texts.ts'

type Period = AnswerOf<'GET /v1/datasets/{dataset}/policies'>['items'][number]

/** By which policies windows were decided, a dataset at a time: every link of its chain is verified for it. */
export function Policies() {
  const words = TEXTS.settings
  const datasets = useDatasets()
  const [chosen, setChosen] = useState<string | null>(null)
  return (
    <section>
      <h2>{words.policies}</h2>
      <p className="quiet">{words.policiesSay}</p>
      <p className="does">
        {datasets.map((dataset) => (
          <button
            key={dataset}
            type="button"
            className="button small"
            aria-pressed={dataset === chosen}
            onClick={() => setChosen(dataset)}
          >
            {words.history(visible(dataset))}
          </button>
        ))}
      </p>
      {chosen !== null && <History dataset={chosen} />}
    </section>
  )
}

function History({ dataset }: { readonly dataset: string }) {
  const words = TEXTS.settings
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/datasets/{dataset}/policies', { params: { dataset }, signal }),
    `policies ${dataset}`,
  )
  return (
    <Answered of={fetched} again={again} lines={3}>
      {({ inForce, items }) => (
        <>
          <p>
            {words.inForce}: {policyText(inForce)}.
          </p>
          <Table
            head={[
              words.policy,
              words.fromWindow,
              words.toWindow,
              words.contract,
              words.detectors,
              TEXTS.windows.title,
              TEXTS.overview.admitted,
              TEXTS.overview.quarantined,
              TEXTS.overview.rejected,
            ]}
            text={4}
            rows={items.map(({ policy, from, to, contract, detectors, windows, admitted, quarantined, rejected }) => [
              policyText(policy),
              <WindowLink key="from" of={from} />,
              <WindowLink key="to" of={to} />,
              contract === null ? '–' : <code title={contract}>{`${contract.slice(0, 12)}…`}</code>,
              <span key="detectors" title={detectors.map(({ name, version }) => `${name} ${version}`).join(', ')}>
                {count(detectors.length)}
              </span>,
              count(windows),
              count(admitted),
              count(quarantined),
              count(rejected),
            ])}
            none={words.noPolicies}
          />
        </>
      )}
    </Answered>
  )
}

function WindowLink({ of: { window, at } }: { readonly of: Period['from'] }) {
  return (
    <a href={hrefOf({ page: 'windows', of: window })} title={window}>
      {at === null ? `${window.slice(0, 12)}…` : timeText(at)}
    </a>
  )
}

/** A policy as a sentence has it. */
function policyText(policy: Period['policy']): string {
  const words = TEXTS.settings
  if (policy === null) return words.unknownPolicy
  const { hold, rejectAbove } = policy
  const held =
    'risk' in hold
      ? words.held.risk(riskText(hold.risk))
      : 'innocentShare' in hold
        ? words.held.innocentShare(percent(hold.innocentShare, 1))
        : words.held.reviewBudget(hold.reviewBudget)
  return rejectAbove < NEVER ? `${held}; ${words.rejectAbove(riskText(rejectAbove))}` : held
}

/** From above any risk on: nothing is rejected without review. */
const NEVER = 1.01
