/** One instruction of a Dockerfile: `COPY`, and what follows it with its lines joined. */
export interface Instruction {
  readonly name: string
  readonly flags: Readonly<Record<string, string>>
  readonly text: string
}

export interface Stage {
  readonly name: string
  /** What it starts from, with build arguments put in place. */
  readonly from: string
  readonly instructions: readonly Instruction[]
}

/** The stages of a Dockerfile, in order; arguments have their defaults. */
export function parseDockerfile(text: string): Stage[] {
  const args = new Map<string, string>()
  const stages: { name: string; from: string; instructions: Instruction[] }[] = []
  for (const line of logicalLines(text)) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/s.exec(line) ?? []
    const stage = stages.at(-1)
    if (name === 'FROM') {
      const [, from = '', as = ''] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? []
      const filled = from.replace(/\$\{(\w+)\}/g, (_, arg: string) => args.get(arg) ?? '')
      stages.push({ name: as, from: filled, instructions: [] })
    } else if (name === 'ARG' && stage === undefined) {
      const [arg = '', value = ''] = rest.split('=')
      args.set(arg, value)
    } else stage?.instructions.push(instruction(name, rest))
  }
  return stages
}

function instruction(name: string, rest: string): Instruction {
  const [, flagged = '', text = ''] = /^((?:--\S+\s+)*)(.*)$/s.exec(rest) ?? []
  const flags = [...flagged.matchAll(/--([\w-]+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value])
  return { name, flags: Object.fromEntries(flags) as Record<string, string>, text }
}

function logicalLines(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line) && line.trim() !== '')
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
}
