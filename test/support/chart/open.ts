/** A manifest that may be changed. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Open = any

/** `[what an attacker or a careless operator did, how, what is said]`, of a rendering with every option on. */
export type Weakened = readonly [name: string, weaken: (manifests: Open[]) => void, says: string]

export const of = (manifests: Open[], kind: string, name = '') =>
  manifests.find((one) => one.kind === kind && one.metadata.name.includes(name))
export const podOf = (manifests: Open[], name = 'scan'): Open => of(manifests, 'Deployment', name).spec.template.spec
