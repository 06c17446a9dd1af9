import { useEffect, useId, useState, type KeyboardEvent, type RefObject } from 'react'
import { LONGEST_QUERY } from '#console/api/query/fields.ts'
import { parseQuery } from '#console/api/query/parse.ts'
import { visible } from '#present/text.ts'
import { call, type AnswerOf } from '../api/client.ts'
import { TEXTS } from '../texts.ts'

type Completion = AnswerOf<'GET /v1/records/complete'>['completions'][number]

interface Props {
  readonly input: RefObject<HTMLInputElement | null>
  readonly q: string
  readonly ask: (q: string) => void
}

/** A query with its completions (the combobox of ARIA 1.2). What is wrong with it is said where it is typed; Return asks. */
export function Search({ input, q, ask }: Props) {
  const [text, setText] = useState(q)
  const [at, setAt] = useState(0)
  const [isOpen, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  const completions = useCompletions(text, at, isOpen)
  const id = useId()
  useEffect(() => setText(q), [q])
  const [problem] = isOpen ? [] : parseQuery(text).problems
  const shown = isOpen ? completions : []

  const take = ({ from, to, text: word }: Completion) => {
    const end = from + word.length
    setText(text.slice(0, from) + word + text.slice(to))
    setAt(end)
    setActive(-1)
    requestAnimationFrame(() => input.current?.setSelectionRange(end, end))
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const by = event.key === 'ArrowDown' ? 1 : -1
      setOpen(true)
      setActive((i) => (shown.length === 0 ? -1 : (Math.max(i, by > 0 ? -1 : 0) + by + shown.length) % shown.length))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      const chosen = shown[active]
      if (chosen !== undefined) return take(chosen)
      setOpen(false)
      if (parseQuery(text).problems.length > 0) return
      ask(text.trim())
      input.current?.blur()
    } else if (event.key === 'Escape') {
      if (isOpen && shown.length > 0) return setOpen(false)
      setText(q)
      input.current?.blur()
    }
  }
  return (
    <div className="search" role="search">
      <input
        ref={input}
        role="combobox"
        aria-label={TEXTS.queue.search}
        aria-expanded={shown.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 && shown[active] ? `${id}-${active}` : undefined}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
        placeholder={TEXTS.queue.searchHint}
        value={text}
        maxLength={LONGEST_QUERY}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setText(event.target.value)
          setAt(event.target.selectionStart ?? event.target.value.length)
          setActive(-1)
          setOpen(true)
        }}
        onFocus={(event) => {
          event.target.select()
          setAt(event.target.value.length)
        }}
        onBlur={() => setOpen(false)}
        onKeyDown={pressed}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={TEXTS.queue.completions} hidden={shown.length === 0}>
        {shown.map((completion, i) => (
          <li
            key={completion.text}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === active}
            // the field keeps the focus
            onPointerDown={(event) => {
              event.preventDefault()
              take(completion)
            }}
          >
            <code>{visible(completion.text)}</code> <small>{visible(completion.says)}</small>
          </li>
        ))}
      </ul>
      {problem !== undefined && (
        <p id={`${id}-problem`} className="problem" role="alert">
          {problem.message}
        </p>
      )}
    </div>
  )
}

function useCompletions(q: string, at: number, isWanted: boolean): readonly Completion[] {
  const [completions, setCompletions] = useState<readonly Completion[]>([])
  useEffect(() => {
    if (!isWanted) return
    const controller = new AbortController()
    // a query is asked about once typing pauses
    const timer = setTimeout(() => {
      call('GET /v1/records/complete', { query: { q, at }, signal: controller.signal })
        .then(({ completions }) => setCompletions(completions))
        // without completions a query is typed all the same
        .catch(() => setCompletions([]))
    }, 80)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [q, at, isWanted])
  return completions
}
