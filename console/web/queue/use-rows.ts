import { useEffect, useRef } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import type { Queue } from './use-queue.ts'

/** The rows that are in view, of however many there are; the chosen one is kept in view, and has the focus where another row had it. */
export function useRows({ rows, hasMore, more }: Queue, chosen: string | null, height: number) {
  const box = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
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
    const above = at * height - (scrollOffset ?? 0)
    const isInView = above >= 0 && above + height <= (scrollRect?.height ?? height)
    if (at >= 0 && !isInView) virtual.scrollToIndex(at, { align: 'auto' })
  }, [at, height, virtual])
  useEffect(() => {
    const { activeElement } = document
    if (!(activeElement instanceof HTMLElement) || box.current?.contains(activeElement) !== true) return
    const current = box.current.querySelector<HTMLElement>('.row[aria-current]')
    if (activeElement.matches('.row') && current !== activeElement) (current ?? box.current).focus()
  }, [chosen])
  return { box, items, height: virtual.getTotalSize() }
}
