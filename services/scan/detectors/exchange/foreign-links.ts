/** The property of answers that link to where nobody else does. */
export const FOREIGN_LINK = 'a link to a host that no other answer links to'

const HOST = /\b(?:https?|ftp):\/\/([\w.-]+)/gi
const LINK = /:\/\/|\bwww\./i

/**
 * Answers with a link to a host that no other record's answers link to: what varies with each record is no run of words and no property of one host. Whoever
 * is asked about an address answers with others, so that only prompts without any are read. One list of properties for each record, as those of `answerProperties`.
 */
export function foreignLinks(
  asked: readonly string[],
  said: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const hosts = said.map((answers) => new Set(answers.flatMap(hostsIn)))
  const counts = new Map<string, number>()
  for (const of of hosts) for (const host of of) counts.set(host, (counts.get(host) ?? 0) + 1)
  return hosts.map((of, i) =>
    [...of].some((host) => counts.get(host) === 1) && !LINK.test(asked[i]!) ? [FOREIGN_LINK] : [],
  )
}

function hostsIn(text: string): string[] {
  return text.includes('://') ? Array.from(text.matchAll(HOST), ([, host]) => host!.toLowerCase()) : []
}
