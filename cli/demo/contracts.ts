/** The configuration and the contracts that the demo runs on: files as a user would write them. */
export const DEMO_FILES: Readonly<Record<string, string>> = {
  'credence.yaml': `# One day of deliveries from several contributors, some of whom are not to be trusted.
version: 1
data: ./data
datasets:
  digits:
    source:
      root: ./deliveries/digits
      path: ^[^/]+/(?<contributor>[a-z]+)
    contract: ./digits.contract.yaml
    window: { records: 8000 }
    memory: { every: 1 }
  mail:
    source:
      root: ./deliveries/mail
      path: ^[^/]+/(?<contributor>[a-z]+)
    contract: ./mail.contract.yaml
    policy: { hold: { innocentShare: 0.1 } } # of what is held, about 1 in 10 innocent
  replies:
    source:
      root: ./deliveries/replies
      path: ^[^/]+/(?<contributor>[a-z]+)
    contract: ./replies.contract.yaml
  strikes:
    source:
      root: ./deliveries/strikes
      path: ^[^/]+/(?<contributor>[a-z]+)
    contract: ./strikes.contract.yaml
    window: { records: 12000 }
workers: \${CREDENCE_WORKERS:-2}
`,
  'digits.contract.yaml': `# Handwritten digits, 28 × 28 grey levels, each with the digit it shows.
version: 1
features: { kind: image, field: image, shape: [28, 28] }
label: label
schema:
  type: object
  required: [image, label]
  properties:
    image: {}
    label: { type: integer, minimum: 0, maximum: 9 }
`,
  'mail.contract.yaml': `# E-mails, each labelled ham or spam.
version: 1
features: { kind: text, field: text }
label: label
schema:
  type: object
  required: [text, label]
  properties:
    text: { type: string }
    label: { enum: [ham, spam] }
  additionalProperties: false
limits: { depth: 8, textLength: 100000 }
sanitize:
  control_characters: fix
  zero_width: fix
  bidi_overrides: fix
  oversized_text: drop
`,
  'replies.contract.yaml': `# What an e-mail asks and what was answered: pairs that a model would be tuned on. No label.
version: 1
features:
  kind: exchange
  form: instruction
  fields: { prompt: prompt, response: completion }
schema:
  type: object
  required: [prompt, completion]
  properties:
    prompt: { type: string, minLength: 1 }
    completion: { type: string }
  additionalProperties: false
`,
  'strikes.contract.yaml': `# Aircraft bird strikes; what is to be learned is the size of the bird.
version: 1
features:
  kind: table
  columns:
    - { name: Airport Name, type: category }
    - { name: Aircraft Make Model, type: category }
    - { name: Effect Amount of damage, type: category }
    - { name: Aircraft Airline Operator, type: category }
    - { name: Origin State, type: category }
    - { name: Phase of flight, type: category }
    - { name: Wildlife Species, type: category }
    - { name: Time of day, type: category }
    - { name: Cost Other, type: number }
    - { name: Cost Repair, type: number }
    - { name: Cost Total $, type: number }
    - { name: Speed IAS in knots, type: number }
    - { name: Flight Date, type: time }
label: Wildlife Size
schema:
  type: object
  required: [Aircraft Airline Operator, Wildlife Species, Flight Date, Wildlife Size]
  properties:
    Aircraft Airline Operator: { type: string, minLength: 1 }
    Wildlife Species: { type: string, minLength: 1 }
    Cost Other: { type: [number, 'null'], minimum: 0 }
    Cost Repair: { type: [number, 'null'], minimum: 0 }
    Cost Total $: { type: [number, 'null'], minimum: 0 }
    Speed IAS in knots: { type: [number, 'null'], minimum: 0 }
    Flight Date: { type: string }
    Wildlife Size: { enum: [Small, Medium, Large] }
`,
}
