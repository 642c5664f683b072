/* Numbers and times as the views show them. */

export const number = value => value.toLocaleString("en");

export const plural = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

/* A time in ISO 8601, by the clock of the browser. */
export const time = text => text ? new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "";
