/** Text on the cortex beneath. */
export const cortex = {} as const;
