/** What Grafana does between a panel's queries and what it draws: variables, data frames, transformations, overrides. */
import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  createDataFrame,
  FieldConfigOptionsRegistry,
  FieldType,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
} from '@grafana/data';
import { lastValueFrom } from 'rxjs';

standardTransformersRegistry.setInit(() =>
  [standardTransformers.mergeTransformer, standardTransformers.organizeFieldsTransformer].map(
    transformation => ({
      id: transformation.id,
      name: transformation.name,
      transformation: () => Promise.resolve(transformation),
    }),
  ),
);

/** @param choice values of variables; those that are not chosen stand for all */
export const filledIn = (expr, { choice, rateInterval }) =>
  expr
    .replaceAll('$__rate_interval', rateInterval)
    .replace(
      /\$(job|instance|netns|program|device)\b/g,
      (_, name) => choice[name] ?? (name === 'netns' || name === 'program' ? '.*' : '.+'),
    );

const ask = async (path, parameters) => {
  const answer = await fetch(`/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const { status, data, error } = await answer.json();
  if (status !== 'success') throw new Error(`${parameters.query}: ${error}`);
  return data.result;
};

const legendOf = (template, metric) =>
  template.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => metric[label] ?? '').trim();

const graphFrames = async (target, scene) => {
  const { from, to, step } = scene;
  const result = await ask('query_range', {
    query: filledIn(target.expr, scene),
    start: from,
    end: to,
    step,
  });
  // Grafana shows a gap where Prometheus has no value for a step.
  const times = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
  return result.map(({ metric, values }) => {
    const valueAt = new Map(values.map(([time, value]) => [Math.round(time), Number(value)]));
    return createDataFrame({
      refId: target.refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: times.map(time => time * 1000), config: {} },
        {
          name: 'Value',
          type: FieldType.number,
          values: times.map(time => valueAt.get(Math.round(time)) ?? null),
          labels: metric,
          config: { displayNameFromDS: legendOf(target.legendFormat ?? '', metric) },
        },
      ],
    });
  });
};

const tableFrame = async (target, scene, isOnly) => {
  const result = await ask('query', { query: filledIn(target.expr, scene), time: scene.to });
  if (result.length === 0) return [];
  const labels = [...new Set(result.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return [
    createDataFrame({
      refId: target.refId,
      fields: [
        {
          name: 'Time',
          type: FieldType.time,
          values: result.map(({ value }) => value[0] * 1000),
          config: {},
        },
        ...labels.map(name => ({
          name,
          type: FieldType.string,
          values: result.map(({ metric }) => metric[name] ?? ''),
          config: {},
        })),
        {
          name: isOnly ? 'Value' : `Value #${target.refId}`,
          type: FieldType.number,
          values: result.map(({ value }) => Number(value[1])),
          config: {},
        },
      ],
    }),
  ];
};

const withBase = steps => steps.map(step => ({ ...step, value: step.value ?? -Infinity }));

/** Grafana knows each property of a panel; here all are taken that the panel has. */
const registryOf = fieldConfig => {
  const overridden = fieldConfig.overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  const known = ['unit', 'decimals', 'min', 'max', 'mappings', 'thresholds', 'color', 'noValue', 'links'];
  const custom = [
    ...Object.keys(fieldConfig.defaults.custom ?? {}),
    ...overridden.filter(id => id.startsWith('custom.')).map(id => id.slice('custom.'.length)),
  ];
  const item = (id, path, isCustom) => ({
    ...{ id, path, name: id, isCustom },
    shouldApply: () => true,
    process: value =>
      path === 'thresholds' && value != null ? { ...value, steps: withBase(value.steps) } : value,
  });
  return new FieldConfigOptionsRegistry(() => [
    ...known.map(id => item(id, id, false)),
    ...[...new Set(custom)].map(path => item(`custom.${path}`, path, true)),
  ]);
};

export const framesOf = async (panel, scene, theme) => {
  const { type, targets, transformations = [], fieldConfig } = panel;
  const read = target =>
    type === 'table' ? tableFrame(target, scene, targets.length === 1) : graphFrames(target, scene);
  const frames = (await Promise.all(targets.map(read))).flat();
  const transformed = await lastValueFrom(transformDataFrame(transformations, frames));
  const overridden = applyFieldOverrides({
    data: transformed,
    fieldConfig,
    fieldConfigRegistry: registryOf(fieldConfig),
    replaceVariables: text => text,
    theme,
    timeZone: 'utc',
  });
  cacheFieldDisplayNames(overridden);
  return overridden;
};
