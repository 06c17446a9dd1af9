import { useCallback, useState, type ReactNode } from 'react'
import { visible } from '#present/text.ts'
import { Refusal } from '../api/client.ts'
import { TEXTS } from '../texts.ts'

interface Told {
  readonly kind: 'done' | 'refused'
  readonly text: string
  readonly nth: number
}

export type Act = <T>(work: () => Promise<T>, say: (value: T) => string, then?: (value: T) => void) => void

/** Does what a button stands for, once at a time, and tells how it went, in words or in the server's. */
export function useDeed(): {
  readonly isBusy: boolean
  readonly told: ReactNode
  readonly act: Act
} {
  const [isBusy, setBusy] = useState(false)
  const [told, setTold] = useState<Told | null>(null)
  const tell = (kind: Told['kind'], text: string) => setTold((before) => ({ kind, text, nth: (before?.nth ?? 0) + 1 }))
  const act = useCallback(<T,>(work: () => Promise<T>, say: (value: T) => string, then?: (value: T) => void) => {
    const run = async () => {
      setBusy(true)
      try {
        const value = await work()
        tell('done', say(value))
        then?.(value)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        tell('refused', TEXTS.told.refused(visible(error.problem.detail)))
      } finally {
        setBusy(false)
      }
    }
    void run()
  }, [])
  const shown = (
    <p className={`told ${told?.kind ?? 'silent'}`} role="status" key={told?.nth ?? 0}>
      {told?.text}
    </p>
  )
  return { isBusy, told: shown, act }
}
