import type { ReactNode } from 'react'
import { count } from '#present/text.ts'
import { hrefOf } from '../place.ts'

export function QueueLink({ q, children }: { readonly q: string; readonly children: ReactNode }) {
  return <a href={hrefOf({ page: 'queue', q })}>{children}</a>
}

/** A number that leads to what it counts; nothing leads to none. */
export function figure(n: number, href: string | null): ReactNode {
  return n === 0 || href === null ? count(n) : <a href={href}>{count(n)}</a>
}

export function ofQueue(n: number, q: string): ReactNode {
  return figure(n, hrefOf({ page: 'queue', q }))
}
