import { useEffect, useState } from 'react'
import { visible } from '#present/text.ts'
import { attachmentHref, attachmentOf, type Opened } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { useOpening } from '../parts/use-opening.ts'
import { TEXTS } from '../texts.ts'

type Attachment = Opened['attachments'][number]
type Sound = NonNullable<Attachment['sound']>

/** What a browser takes each for; the server says of all of them that they are unknown bytes. */
const TYPES: Readonly<Record<Sound, string>> = {
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  mp3: 'audio/mpeg',
}

interface Props {
  readonly record: string
  readonly of: readonly Attachment[]
}

/** Bytes of a record besides what is shown of it: recordings are played here when somebody asks, anything can be downloaded. */
export function Attachments({ record, of }: Props) {
  if (of.length === 0) return null
  return (
    <section className="part" aria-labelledby="attachments-title">
      <h3 id="attachments-title">{TEXTS.record.attachments}</h3>
      <ul className="attachments">
        {of.map((attachment, at) => (
          <li key={at}>
            <OneAttachment record={record} at={at} of={attachment} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function OneAttachment({ record, at, of: { path, size, sound } }: { record: string; at: number; of: Attachment }) {
  const words = TEXTS.record
  const { isOpen, open, box } = useOpening<HTMLParagraphElement>()
  const name = visible(path)
  return (
    <>
      <p>
        <code>{name}</code>{' '}
        <small>
          {sound === null ? words.unknownBytes : words.sounds[sound]}, {words.bytes(size)}
        </small>
      </p>
      {isOpen && sound !== null && <Player record={record} at={at} sound={sound} name={name} />}
      <p ref={box} className="does" tabIndex={-1}>
        {sound !== null && !isOpen && (
          <button type="button" className="button small" onClick={open}>
            {words.listen(name)}
          </button>
        )}
        <a className="button small" href={attachmentHref(record, at)} download>
          {words.download(name)}
        </a>
      </p>
    </>
  )
}

interface PlayerProps {
  readonly record: string
  readonly at: number
  readonly sound: Sound
  readonly name: string
}

/** The bytes as they came, decrypted for this page alone: they are in its memory, and gone with it. */
function Player({ record, at, sound, name }: PlayerProps) {
  const { fetched, again } = useAnswer((signal) => attachmentOf(record, at, signal), `${record} ${at}`)
  const [source, setSource] = useState<string | null>(null)
  const bytes = fetched.state === 'there' ? fetched.value : null
  useEffect(() => {
    if (bytes === null) return
    const url = URL.createObjectURL(new Blob([bytes], { type: TYPES[sound] }))
    setSource(url)
    return () => URL.revokeObjectURL(url)
  }, [bytes, sound])
  return (
    <Answered of={fetched} again={again} lines={1}>
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- a recording that came as data has none */}
      {() => source !== null && <audio controls src={source} aria-label={name} />}
    </Answered>
  )
}
