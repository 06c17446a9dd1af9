import { describe, expect, it, vi } from 'vitest'
import { PLAIN, type Look } from '#present/look.ts'
import { Progress, renderProgress, type ProgressRow } from './progress.ts'

const digits: ProgressRow = {
  dataset: 'digits',
  total: 60_000,
  received: 50_000,
  scanned: 40_000,
  committed: 30_000,
  held: 300,
  deadLettered: 12,
}
const mail: ProgressRow = {
  dataset: 'mail',
  total: null,
  received: 500,
  scanned: 500,
  committed: 0,
  held: 0,
  deadLettered: 0,
}
const terminal: Look = { width: 80, depth: 1, live: true }

function recorder(look: Look) {
  const writes: string[] = []
  const clock = { time: 0 }
  const listeners = new Map<string, () => void>()
  const signals = {
    on: (event: string, listener: () => void) => listeners.set(event, listener),
    off: (event: string) => listeners.delete(event),
  }
  const progress = new Progress({ write: (text) => writes.push(text), look, now: () => clock.time, signals })
  return { progress, writes, clock, listeners }
}

describe('progress', () => {
  it('shows in one bar what is committed, scanned and received', () => {
    expect(renderProgress([digits, mail], 20, PLAIN)).toEqual([
      'digits  ████████████▓▓▓▓░░░░····   50 %  30,000 of 60,000 committed · 300 held · 12 dead letters · 1,500/s',
      'mail    ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓         0 committed',
    ])
  })

  it('redraws in place with one write a frame, ten frames a second at most', () => {
    const { progress, writes, clock } = recorder(terminal)
    progress.update(digits)
    for (let i = 0; i < 50; i++) progress.update({ ...digits, committed: 30_000 + i })
    clock.time = 150
    progress.update({ ...digits, committed: 31_000 })
    progress.stop()
    const frames = writes.filter((text) => text.startsWith('\u001B[?2026h'))
    expect(frames).toHaveLength(3) // the first, the one 150 ms later, the last
    expect(frames[1]).toContain('\u001B[2A\r')
    expect(frames[2]).toContain('31,000 of 60,000')
    expect(writes.join('')).not.toContain('\u001B[2J')
  })

  it('never writes a line wider than the terminal: it would wrap, and the next frame miss its place', () => {
    const { progress, writes } = recorder({ width: 40, depth: 4, live: true })
    progress.update(digits)
    progress.stop()
    const lines = writes.join('').split('\n')
    const widths = lines.map((line) => line.replaceAll(/\p{Cc}\[[?\d;]*[A-Za-z]|\r/gu, '').length)
    expect(Math.max(...widths)).toBeLessThanOrEqual(40)
  })

  it('gives the cursor back at the end, and when the process ends before that', () => {
    const finished = recorder(terminal)
    finished.progress.stop()
    expect(finished.writes).toEqual(['\u001B[?25l', '\u001B[?25h'])
    expect(finished.listeners.size).toBe(0)
    const killed = recorder(terminal)
    killed.listeners.get('exit')?.()
    expect(killed.writes.at(-1)).toBe('\u001B[?25h')
    killed.progress.stop()
  })

  it('puts notes above the display', () => {
    const { progress, writes } = recorder(terminal)
    progress.update(digits)
    progress.note('digits: window 3 committed')
    progress.stop()
    const note = writes.findIndex((text) => text.includes('window 3 committed'))
    expect(writes[note]).toContain('\u001B[2A\r\u001B[Jdigits: window 3 committed\n')
    expect(writes[note + 1]).toContain('30,000 of 60,000')
  })

  it('is a plain line now and then where nobody can see it move', () => {
    const { progress, writes, clock } = recorder(PLAIN)
    progress.update(digits)
    clock.time = 5000
    progress.update(digits)
    clock.time = 10_000
    progress.update({ ...digits, committed: 50_000 })
    expect(writes).toHaveLength(2)
    expect(writes[1]).toBe(
      '10 s  digits  ████████████████████····   83 %  50,000 of 60,000 committed · 300 held · 12 dead letters · 2,000/s\n',
    )
    progress.stop()
  })

  it('tells there of the newest state within ten seconds, though nothing follows it', () => {
    vi.useFakeTimers()
    try {
      const writes: string[] = []
      const progress = new Progress({ write: (text) => writes.push(text), look: PLAIN, now: () => Date.now() })
      progress.update(mail)
      progress.update({ ...mail, committed: 250 })
      progress.update({ ...mail, committed: 500 })
      vi.advanceTimersByTime(10_000)
      expect(writes).toHaveLength(2)
      expect(writes[1]).toContain('500 committed')
      vi.advanceTimersByTime(60_000)
      progress.stop()
      expect(writes).toHaveLength(3)
    } finally {
      vi.useRealTimers()
    }
  })
})
