import { count, visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { TEXTS } from '../texts.ts'

export function KeysPage() {
  const { fetched, again } = useAnswer((signal) => call('GET /v1/keys', { signal }), 'keys')
  const words = TEXTS.keysPage
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">{words.says}</p>
      <Answered of={fetched} again={again} lines={10}>
        {({ versions, epochs, unreachable }) => (
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
                of.current ? words.inUse : of.retirable ? words.retirable : visible(of.blockedBy.join(', ')),
              ])}
              none="–"
            />
            <h2>{words.epochs}</h2>
            <Table
              head={[TEXTS.record.dataset, words.epoch, words.state, words.age, words.objects]}
              text={4}
              rows={epochs.map((of) => [
                of.dataset === '_signing' ? words.signing : visible(of.dataset),
                of.epoch,
                of.state,
                words.days(of.ageDays),
                of.objects === null ? '–' : count(of.objects),
              ])}
              none="–"
            />
          </>
        )}
      </Answered>
    </>
  )
}
