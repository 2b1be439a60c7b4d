/** The annotations in which v1 carries what only later versions can say. */

const ANNOTATION = "autoscaling.alpha.kubernetes.io/";
export const METRICS = `${ANNOTATION}metrics`;
export const CURRENT = `${ANNOTATION}current-metrics`;
export const CONDITIONS = `${ANNOTATION}conditions`;
export const BEHAVIOR = `${ANNOTATION}behavior`;

/** The last two were made for v2beta2, which is gone. */
const NAMES: readonly string[] = [
  METRICS,
  CURRENT,
  CONDITIONS,
  BEHAVIOR,
  `${ANNOTATION}scale-down-tolerance`,
  `${ANNOTATION}scale-up-tolerance`,
];

export type Annotations = Readonly<Record<string, string>>;

/** Nobody keeps them: v1 makes them anew, and v2 has fields for all of it. The same where there are none. */
export function withoutCarriers(annotations: Annotations | undefined): Annotations | undefined {
  if (annotations === undefined || !NAMES.some((name) => annotations[name] !== undefined)) return annotations;
  const rest = Object.entries(annotations).filter(([name]) => !NAMES.includes(name));
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}
