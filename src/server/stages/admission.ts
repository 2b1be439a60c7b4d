import type { AdmissionAttributes, AdmissionPlugin } from "../admission/admission.ts";
import type { WriteAttempt } from "../write.ts";

/** Plugins that may change the draft, in order. */
export function mutatingAdmission(attempt: WriteAttempt): void | Promise<void> {
  const { draft, speaks, exchange } = attempt;
  const attributes = attributesOf(attempt);
  const running = admit(exchange.parts.admission, attributes);
  if (speaks === undefined) return running;
  const take = (): void => speaks.take(draft, attributes.object!);
  return running instanceof Promise ? running.then(take) : take();
}

/** Plugins that may only refuse; they see the object as it would be stored. */
export function validatingAdmission(attempt: WriteAttempt): void | Promise<void> {
  return runPlugins(attempt.exchange.parts.admission, attributesOf(attempt), "validate");
}

function attributesOf(attempt: WriteAttempt): AdmissionAttributes {
  const { exchange, resource, operation, subresource, namespace, name, draft, previous, dryRun, options } = attempt;
  const { kind } = resource;
  const { speaks } = attempt;
  return {
    operation,
    kind: speaks?.kind ?? kind,
    group: kind.group,
    version: kind.version,
    resource: kind.names.plural,
    subresource: subresource === "" ? undefined : subresource,
    namespace: namespace === "" ? undefined : namespace,
    name,
    object: speaks ? speaks.of(draft) : draft,
    previous: speaks && previous ? speaks.of(previous) : previous,
    user: exchange.user,
    dryRun,
    options,
    warn: (text) => exchange.warn(text),
    annotate: (key, value) => exchange.annotate(key, value),
  };
}

/** All mutating plugins, and all once more where one of them asks for it. */
export function admit(plugins: readonly AdmissionPlugin[], attributes: AdmissionAttributes): void | Promise<void> {
  const again = (): void | Promise<void> => {
    const { reinvocation } = attributes;
    if (reinvocation?.wanted !== true) return undefined;
    reinvocation.round = 1;
    return runPlugins(plugins, attributes, "admit");
  };
  const running = runPlugins(plugins, attributes, "admit");
  return running instanceof Promise ? running.then(again) : again();
}

/** Stays synchronous as long as the plugins do. */
export function runPlugins(
  plugins: readonly AdmissionPlugin[],
  attributes: AdmissionAttributes,
  step: "admit" | "validate",
): void | Promise<void> {
  for (let i = 0; i < plugins.length; i++) {
    const plugin = plugins[i]!;
    if (plugin[step] === undefined || !plugin.handles(attributes)) continue;
    const running = plugin[step](attributes);
    if (running instanceof Promise) return running.then(() => runPlugins(plugins.slice(i + 1), attributes, step));
  }
  return undefined;
}
