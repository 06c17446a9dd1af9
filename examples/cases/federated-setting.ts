/** Twenty owners of 400 digits each, drawn by one seed: clients and the aggregator's gate split them alike. */
export const OWNERS = 20
export const EXAMPLES = 400
export const SEED = 7
