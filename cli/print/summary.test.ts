import { describe, expect, it } from 'vitest'
import { PLAIN } from '#present/look.ts'
import type { DatasetSummary } from '#app/operations/summaries.ts'
import { renderEquation, renderSummary, type RunSummary } from './summary.ts'

const digits: DatasetSummary = {
  dataset: 'digits',
  counts: { received: 60_000, admitted: 59_112, quarantined: 801, rejected: 0, deadLettered: 87 },
  pending: 0,
  windows: 6,
  campaigns: 2,
}
const mail: DatasetSummary = {
  dataset: 'mail',
  counts: { received: 6046, admitted: 6000, quarantined: 38, rejected: 2, deadLettered: 6 },
  pending: 0,
  windows: 2,
  campaigns: 1,
}
const run: RunSummary = {
  datasets: [digits, mail],
  planted: {
    attacks: [
      { dataset: 'digits', name: 'trigger patch', definition: 'a white 3 × 3 patch', planted: 600, caught: 598 },
      { dataset: 'mail', name: 'rare token', definition: 'the word “cf”', planted: 40, caught: 30 },
    ],
    innocents: [
      { dataset: 'digits', records: 59_313, held: 12 },
      { dataset: 'mail', records: 6000, held: 0 },
    ],
  },
  seconds: 131.4,
  certified: [],
  places: [
    { what: 'objects', path: 'data/objects' },
    { what: 'report', path: 'data/report.html' },
  ],
  next: [{ command: 'credence quarantine list', why: 'look at what is held' }],
}

describe('the end of a run', () => {
  it('says in one screen what came, what became of it, and what to do', () => {
    expect(renderSummary(run, PLAIN))
      .toBe(`841 records of 66,046 held; 3 campaigns found; 93 could not be read.  8 windows, 2 min 11 s · uncertified

        received  =  admitted  +  quarantined  +  rejected  +  dead-lettered
digits    60,000  =    59,112  +          801  +         0  +             87
mail       6,046  =     6,000  +           38  +         2  +              6
────────────────────────────────────────────────────────────────────────────
total     66,046  =    65,112  +          839  +         2  +             93

dataset  planted attack  planted  caught   share
digits   trigger patch       600     598  99.7 %
mail     rare token           40      30  75.0 %
────────────────────────────────────────────────
total                        640     628  98.1 %

Innocent records held: digits 12 of 59,313 (0.02 %), mail 0 of 6,000 (0 %).

Where things are
  objects  data/objects
  report   data/report.html

Next
  credence quarantine list  look at what is held
`)
  })

  it('says so when nothing was held', () => {
    const clean = { ...mail, counts: { ...mail.counts, admitted: 6040, quarantined: 0, rejected: 0 } }
    const text = renderSummary({ ...run, datasets: [clean], planted: undefined, places: [], next: [] }, PLAIN)
    expect(text).toMatch(/^Nothing held in 6,046 records; 6 could not be read\./)
    expect(text).not.toContain('total')
    const whole = { ...clean, counts: { ...clean.counts, admitted: 6046, deadLettered: 0 } }
    expect(renderSummary({ ...run, datasets: [whole], planted: undefined }, PLAIN)).toMatch(
      /^Nothing held in 6,046 records\./,
    )
  })

  it('counts what an interruption left unscanned, and names a gap instead of hiding it', () => {
    const cut = { ...mail, counts: { ...mail.counts, admitted: 5000 }, pending: 1000 }
    expect(renderEquation([cut], PLAIN)).toContain('+    1,000')
    expect(renderEquation([cut], PLAIN)).not.toContain('add up')
    expect(renderEquation([{ ...cut, pending: 999 }], PLAIN)).toContain('does not add up: 1 record missing')
    expect(renderEquation([{ ...cut, pending: 1002 }], PLAIN)).toContain('does not add up: 2 records too many')
  })
})

describe('files that were delivered again', () => {
  it('are named with what they repeat, a few of them, and nothing in their names acts on a terminal', () => {
    const repeated = Array.from({ length: 7 }, (_, i) => ({
      partition: `${i}\u001b[2J.csv`,
      earlier: 'a.csv',
      window: 'w',
      items: 9,
      share: i === 0 ? 0.914 : 1,
    }))
    const text = renderSummary({ ...run, datasets: [{ ...digits, repeated }, mail] }, PLAIN)
    expect(text).toContain(
      'Delivered again, and taken again\n  digits: 0⟨U+001B⟩[2J.csv repeats a.csv: about 91 % of what the',
    )
    expect(text).toContain('1⟨U+001B⟩[2J.csv repeats a.csv: all, or nearly all, of what the')
    expect(text).toContain('digits: 2 more files repeat earlier ones.')
    expect(renderSummary(run, PLAIN)).not.toContain('Delivered again')
  })
})

describe('a summary on a narrow terminal', () => {
  it.each([60, 80])('fits into %i columns', (width) => {
    const lines = renderSummary(run, { ...PLAIN, width }).split('\n')
    expect(lines.filter((line) => line.length > width)).toEqual([])
  })

  it('still adds up', () => {
    const text = renderEquation([{ ...digits, pending: 3 }], { ...PLAIN, width: 50 })
    expect(text).toContain('digits: 60,000 received\n  = 59,112 admitted\n  + 801 quarantined\n  + 0 rejected')
    expect(text).toContain('  + 3 pending\n  does not add up: 3 records')
  })
})
