/** A rejection whose reason says the right label: it is signed with it. */
export function relabelReason(label: string, reason: string): string {
  return `relabel as ${JSON.stringify(label)}: ${reason}`
}

/** The right label that a reason says; null where it says none. */
export function relabelIn(reason: string): string | null {
  const [, label] = /^relabel as ("(?:[^"\\]|\\.)*"): /.exec(reason) ?? []
  try {
    return label === undefined ? null : (JSON.parse(label) as string)
  } catch {
    return null // somebody wrote something of the kind
  }
}
