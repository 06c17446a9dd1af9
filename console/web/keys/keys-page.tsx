import { useState } from 'react'
import { count, visible } from '#present/text.ts'
import { call, type AnswerOf, type Session } from '../api/client.ts'
import { useAnswer, type Fetched } from '../api/use-answer.ts'
import { useLast } from '../api/use-last.ts'
import { useEvents } from '../api/use-events.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useDeed } from '../parts/use-deed.tsx'
import { TEXTS } from '../texts.ts'
import { KeyDialog, type KeyAsking } from './key-dialog.tsx'
import { KeyJobs } from './key-jobs.tsx'

type Status = AnswerOf<'GET /v1/keys'>
type Jobs = AnswerOf<'GET /v1/keys/jobs'>
const JOBS = 20

export function KeysPage({ session }: { readonly session: Session }) {
  const [round, setRound] = useState(0)
  const [asking, setAsking] = useState<KeyAsking | null>(null)
  const { isBusy, told, act } = useDeed()
  const [isCounting, setCounting] = useState(false)
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/keys', { query: { objects: isCounting ? 'true' : 'false' }, signal }),
    `keys ${round} ${isCounting}`,
  )
  const status = useLast(fetched)
  const jobs = useAnswer((signal) => call('GET /v1/keys/jobs', { query: { limit: JOBS }, signal }), `jobs ${round}`)
  const known = useLast(jobs.fetched)
  useEvents((name) => {
    if (name === 'key.work') setRound((n) => n + 1)
  })
  const words = TEXTS.keysPage
  const mayManage = session.permissions.includes('keys.manage')
  const begin = (asked: KeyAsking, newEpochs: boolean) => {
    setAsking(null)
    act(
      () => {
        if (asked.what === 'rotate') return call('POST /v1/keys/rotate', { body: { newEpochs } })
        if (asked.what === 'rewrap') return call('POST /v1/keys/rewrap', { body: {} })
        const { provider, version } = asked
        return call('POST /v1/keys/retire', { body: { provider, version } })
      },
      () => words.begun[asked.what],
      () => setRound((n) => n + 1),
    )
  }
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">{words.says}</p>
      {mayManage && (
        <p className="does">
          <button type="button" className="button" disabled={isBusy} onClick={() => setAsking({ what: 'rotate' })}>
            {words.rotate}
          </button>
          <button type="button" className="button" disabled={isBusy} onClick={() => setAsking({ what: 'rewrap' })}>
            {words.rewrap}
          </button>
        </p>
      )}
      <KeyJobs session={session} fetched={known} again={jobs.again} act={act} />
      <Answered of={status} again={again} lines={10}>
        {(status) => (
          <Shown
            status={status}
            waiting={waitingIn(known)}
            retire={mayManage && !isBusy ? setAsking : null}
            count={isCounting ? null : () => setCounting(true)}
          />
        )}
      </Answered>
      {asking !== null && (
        <KeyDialog asking={asking} close={() => setAsking(null)} answer={(newEpochs) => begin(asking, newEpochs)} />
      )}
      {told}
    </>
  )
}

/** The versions that somebody asked to retire, and nobody has answered. */
function waitingIn(jobs: Fetched<Jobs>): ReadonlySet<string | null> {
  if (jobs.state !== 'there') return new Set()
  const open = jobs.value.items.filter(({ what, state }) => what === 'retire' && ['asked', 'running'].includes(state))
  return new Set(open.map(({ version }) => version))
}

interface ShownProps {
  readonly status: Status
  readonly waiting: ReadonlySet<string | null>
  readonly retire: ((asking: KeyAsking) => void) | null
  /** Null once it was asked for. */
  readonly count: (() => void) | null
}

function Shown({ status: { versions, epochs, unreachable }, waiting, retire, count: begin }: ShownProps) {
  const words = TEXTS.keysPage
  return (
    <>
      {unreachable.map(({ provider, message }) => (
        <p key={provider} className="alarm">
          {words.unreachable}: {provider}, {visible(message)}
        </p>
      ))}
      <h2>{words.versions}</h2>
      <Table
        head={[words.version, words.provider, words.state, words.age, words.blocks]}
        text={5}
        rows={versions.map((of) => [
          <code key="version">{visible(`${of.keyId} ${of.version}`)}</code>,
          of.provider,
          of.state,
          words.days(of.ageDays),
          of.current ? (
            words.inUse
          ) : waiting.has(of.version) ? (
            words.waits
          ) : of.retirable ? (
            <span key="retirable" className="does">
              {words.retirable}
              {retire !== null && (
                <button
                  type="button"
                  className="button small"
                  aria-label={`${words.retire} ${visible(of.version)}`}
                  onClick={() => retire({ what: 'retire', provider: of.provider, version: of.version })}
                >
                  {words.retire}
                </button>
              )}
            </span>
          ) : (
            visible(of.blockedBy.join(', '))
          ),
        ])}
        none="–"
      />
      <h2>{words.epochs}</h2>
      <p className="does">
        <button type="button" className="button small" disabled={begin === null} onClick={begin ?? undefined}>
          {words.countObjects}
        </button>
        <span className="quiet">{words.countSays}</span>
      </p>
      <Table
        head={[TEXTS.record.dataset, words.epoch, words.state, words.age, words.objects]}
        text={4}
        rows={epochs.map((of) => [
          of.dataset === '_signing' ? words.signing : visible(of.dataset),
          of.epoch,
          of.state,
          words.days(of.ageDays),
          of.dataset === '_signing' ? '–' : of.objects === null ? words.uncounted : count(of.objects),
        ])}
        none="–"
      />
    </>
  )
}
