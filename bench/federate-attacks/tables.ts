/** One federation, from its first model to its last. */
export interface Outcome {
  readonly seed: number
  /** `own`: every owner has digits in proportions of its own. `alike`: all have the same. */
  readonly digits: string
  readonly attack: string
  readonly defence: string
  /** Share of the test digits that the last model reads right. */
  readonly accuracy: number
  /** Share of other digits that it takes for the target once they bear the trigger. */
  readonly success: number
}

const unique = (names: readonly string[]) => [...new Set(names)]
const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

/** One Markdown table for each way of sharing out digits: accuracy / backdoor success in percent, means over seeds. */
export function renderTables(outcomes: readonly Outcome[]): string {
  const attacks = unique(outcomes.map(({ attack }) => attack))
  const defences = unique(outcomes.map(({ defence }) => defence))
  const tables = unique(outcomes.map(({ digits }) => digits)).map((digits) => {
    const rows = attacks.map((attack) => {
      const cells = defences.map((defence) => {
        const of = outcomes.filter((one) => one.digits === digits && one.attack === attack && one.defence === defence)
        if (of.length === 0) return '–'
        const [accuracy, success] = [of.map((one) => one.accuracy), of.map((one) => one.success)].map(mean)
        return `${(100 * accuracy!).toFixed(1)} / ${(100 * success!).toFixed(1)}`
      })
      return `| ${[attack, ...cells].join(' | ')} |`
    })
    const seeds = unique(outcomes.filter((one) => one.digits === digits).map(({ seed }) => String(seed)))
    const header = `| attack (digits ${digits}; seeds ${seeds.join(', ')}) | ${defences.join(' | ')} |`
    return [header, `| --- |${defences.map(() => ' --: |').join('')}`, ...rows].join('\n')
  })
  return tables.join('\n\n')
}
