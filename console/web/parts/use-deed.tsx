import { useCallback, useState, type ReactNode } from 'react'
import { Refusal } from '../api/client.ts'
import { ToldLine, toldOf, type Told } from './told.tsx'

export type Act = <T>(work: () => Promise<T>, say: (value: T) => string, then?: (value: T) => void) => void

/** Does what a button stands for, once at a time, and tells how it went, in words or in the server's. */
export function useDeed(): {
  readonly isBusy: boolean
  readonly told: ReactNode
  readonly act: Act
} {
  const [isBusy, setBusy] = useState(false)
  const [told, setTold] = useState<Told | null>(null)
  const act = useCallback(<T,>(work: () => Promise<T>, say: (value: T) => string, then?: (value: T) => void) => {
    const run = async () => {
      setBusy(true)
      try {
        const value = await work()
        setTold((before) => toldOf(before, 'done', say(value)))
        then?.(value)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        setTold((before) => toldOf(before, 'refused', error))
      } finally {
        setBusy(false)
      }
    }
    void run()
  }, [])
  return { isBusy, told: <ToldLine told={told} />, act }
}
