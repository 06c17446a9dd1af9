import { useEffect, useRef } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { FAMILY_WORDS } from '#present/words.ts'
import { riskText, visible } from '#present/text.ts'
import type { HeldRecord } from '../api/client.ts'
import { TEXTS } from '../texts.ts'
import type { Queue } from './use-queue.ts'

const ROW = 58

interface Props {
  readonly queue: Queue
  readonly chosen: string | null
  readonly choose: (key: string, replace?: boolean) => void
}

/** The rows that are in view, of however many there are. */
export function RecordList({ queue: { rows, hasMore, more, count }, chosen, choose }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 8,
    getItemKey: (i) => rows[i]?.key ?? i,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && last >= rows.length - 20) more()
  }, [hasMore, last, rows.length, more])
  const at = rows.findIndex(({ key }) => key === chosen)
  useEffect(() => {
    // asked of what is known already: to scroll lays the page out, once a picture until it stands still
    const { scrollOffset, scrollRect } = virtual
    const above = at * ROW - (scrollOffset ?? 0)
    const isInView = above >= 0 && above + ROW <= (scrollRect?.height ?? ROW)
    if (at >= 0 && !isInView) virtual.scrollToIndex(at, { align: 'auto' })
  }, [at, virtual])
  return (
    <div ref={box} className="list">
      <ul style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const row = rows[index]
          return (
            row && (
              <li
                key={key}
                style={{ transform: `translateY(${start}px)`, height: ROW }}
                aria-setsize={count ?? -1}
                aria-posinset={index + 1}
              >
                <Row row={row} isChosen={row.key === chosen} choose={choose} />
              </li>
            )
          )
        })}
      </ul>
    </div>
  )
}

function Row({ row, isChosen, choose }: { row: HeldRecord; isChosen: boolean; choose: Props['choose'] }) {
  const about = [row.dataset, row.contributor, row.assignee && `→ ${row.assignee}`].filter((word) => word)
  return (
    <button
      type="button"
      className="row"
      aria-current={isChosen ? 'true' : undefined}
      onClick={() => choose(row.key, false)}
    >
      <span className={`risk risk-${levelOf(row.risk)}`}>{row.risk === null ? '–' : riskText(row.risk)}</span>
      <span className="what">
        <RecordName of={visible(row.record)} />
        <small>{visible(about.join(' · '))}</small>
      </span>
      <StandingTag row={row} />
    </button>
  )
}

const LONGEST_TAIL = 20

/** A name that is shortened in front of its place in a file: records of one file differ there. */
function RecordName({ of }: { readonly of: string }) {
  const place = of.lastIndexOf('#')
  const at = place < 0 || of.length - place > LONGEST_TAIL ? of.length : place
  return (
    <code title={of}>
      <span>{of.slice(0, at)}</span>
      <span>{of.slice(at)}</span>
    </code>
  )
}

/** Where a record stands; of one that waits, what it is suspected of. */
export function StandingTag({ row }: { readonly row: HeldRecord }) {
  if (row.pending !== null) return <span className="tag">{TEXTS.pending}</span>
  if (row.standing !== 'quarantined')
    return <span className={`tag ${row.standing}`}>{TEXTS.standing[row.standing]}</span>
  const [family] = row.families
  return <span className="tag warn">{family === undefined ? TEXTS.queue.unscanned : FAMILY_WORDS[family].name}</span>
}

function levelOf(risk: number | null): number {
  return risk === null ? 0 : Math.min(5, Math.floor(risk * 6))
}
