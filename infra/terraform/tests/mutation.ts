/** A change that takes away one security property, and which check has to notice. */
export interface Mutation {
  /** The property, as a sentence of what is lost. */
  readonly name: string
  /** In the module's folder, or in that of the environment. */
  readonly file: string
  /** Such as `prod-aws`; the module where it is not given. */
  readonly environment?: string
  /** What stands there, exactly once, and what stands there instead. */
  readonly replace: readonly [from: string, to: string]
  /** A part of what has to be said: `rego: …`, `schema: …`, `permissions: …`, `access: …`, `asked: …`, `alarms: …`, `flows: …`, `prod: …` or `terraform: …` (a validation or precondition). */
  readonly caughtBy: string
}

/** Throws unless the text is there exactly once. */
export function mutate({ file, replace: [from, to] }: Mutation, name: string, text: string): string {
  if (file !== name) return text
  const parts = text.split(from)
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${from}`)
  return parts.join(to)
}
