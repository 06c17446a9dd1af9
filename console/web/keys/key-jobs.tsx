import { count, visible } from '#present/text.ts'
import { call, type AnswerOf, type Session } from '../api/client.ts'
import type { Fetched } from '../api/use-answer.ts'
import { ByHand } from '../parts/by-hand.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import type { Act } from '../parts/use-deed.tsx'
import { TEXTS, timeText } from '../texts.ts'

type Jobs = AnswerOf<'GET /v1/keys/jobs'>
type Job = Jobs['items'][number]

interface Props {
  readonly session: Session
  readonly fetched: Fetched<Jobs>
  readonly again: () => void
  readonly act: Act
}

/** What was done to keys and what waits for a second person: the server keeps it, so that a reload finds it again. */
export function KeyJobs({ session, fetched, again, act }: Props) {
  const words = TEXTS.keysPage
  const mayApprove = session.permissions.includes('approve')
  const answer = (job: Job, says: 'approve' | 'refuse') =>
    act(
      () => call(`POST /v1/keys/jobs/{job}/${says}`, { params: { job: job.id } }),
      () => (says === 'approve' ? words.approved : words.refused),
      again,
    )
  return (
    <Answered of={fetched} again={again} lines={2}>
      {({ items }) =>
        items.length > 0 && (
          <>
            <h2>{words.jobs}</h2>
            <Table
              head={[words.job, words.by, words.asked, words.state, words.progress, words.ended]}
              text={6}
              rows={items.map((job) => [
                job.version === null ? words[job.what] : `${words[job.what]} ${visible(job.version)}`,
                visible(job.by),
                timeText(job.at),
                words.jobState[job.state],
                progressOf(job),
                job.state === 'asked' && mayApprove ? (
                  <span key="answer" className="does">
                    {job.by !== session.person && (
                      <button type="button" className="button small" onClick={() => answer(job, 'approve')}>
                        {TEXTS.bulk.approve}
                      </button>
                    )}
                    <button type="button" className="button small" onClick={() => answer(job, 'refuse')}>
                      {job.by === session.person ? TEXTS.bulk.takeBack : TEXTS.bulk.refuse}
                    </button>
                  </span>
                ) : (
                  <Ended key="ended" job={job} />
                ),
              ])}
              none=""
            />
          </>
        )
      }
    </Answered>
  )
}

/** What is done in one step has none to tell. */
function progressOf({ done, of }: Job): string {
  if (of !== null) return TEXTS.bulk.progress(done, of)
  return done > 0 ? count(done) : '–'
}

function Ended({ job: { what, version, state, says } }: { readonly job: Job }) {
  const command = ['credence keys', what, ...(version === null ? [] : [visible(version)])].join(' ')
  return (
    <>
      {visible(says ?? '–')}
      {state === 'failed' && <ByHand command={command} />}
    </>
  )
}
