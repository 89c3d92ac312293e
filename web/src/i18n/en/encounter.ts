/** Text of the encounter: red flags, baseline, plan, consent. */
export const encounter = {} as const;
