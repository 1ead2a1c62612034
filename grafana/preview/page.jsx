/** A dashboard as Grafana shows it, drawn by Grafana's own components from its JSON, with data of a Prometheus at the same address. */
import {
  createTheme,
  dateTime,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  ThemeContext,
  VizOrientation,
} from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { BigValue, GlobalStyles, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { framesOf } from './data.js';

await initPluginTranslations('preview', []);

const theme = createTheme({ colors: { mode: 'dark' } });
/** Set before the page is opened: the dashboard and what is chosen in it. */
const { dashboard, width, ...scene } = window.preview;

const GAP = 8;
const CELL = 30;
const HEADER = 32;
const PADDING = 8;

const pending = new Set(dashboard.panels.map(({ id }) => id));
const settled = id => {
  pending.delete(id);
  if (pending.size === 0) setTimeout(() => (document.body.dataset.ready = 'true'), 1500);
};

const timeRange = (() => {
  const [from, to] = [scene.from, scene.to].map(seconds => dateTime(seconds * 1000));
  return { from, to, raw: { from, to } };
})();

const Graph = ({ frames, panel, width, height }) => (
  <TimeSeries
    frames={frames}
    timeRange={timeRange}
    timeZone="utc"
    width={width}
    height={height}
    legend={panel.options.legend}
    theme={theme}
    options={{}}
  >
    {() => null}
  </TimeSeries>
);

const valuesOf = (frames, panel) =>
  getFieldDisplayValues({
    data: frames,
    fieldConfig: panel.fieldConfig,
    reduceOptions: panel.options.reduceOptions,
    replaceVariables: text => text,
    sparkline: panel.options.graphMode === 'area',
    theme,
    timeZone: 'utc',
  });

const Figure = ({ frames, panel, width, height }) => {
  const values = valuesOf(frames, panel);
  return (
    <VizRepeater
      source={values}
      getValues={() => values}
      width={width}
      height={height}
      orientation={VizOrientation.Auto}
      autoGrid
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={({ value, width, height, alignmentFactors, count }) => (
        <BigValue
          value={count > 1 ? value.display : { ...value.display, title: '' }}
          sparkline={value.sparkline}
          colorMode={panel.options.colorMode}
          graphMode={panel.options.graphMode}
          justifyMode="auto"
          textMode="auto"
          alignmentFactors={alignmentFactors}
          count={count}
          width={width}
          height={height}
          theme={theme}
        />
      )}
    />
  );
};

const Rows = ({ frames, panel, width, height }) => (
  <TableNG
    data={frames[0]}
    width={width}
    height={height}
    noHeader={false}
    cellHeight={panel.options.cellHeight}
    sortBy={panel.options.sortBy}
    fieldConfig={panel.fieldConfig}
    timeRange={timeRange}
    getActions={() => []}
    structureRev={1}
    transparent={false}
    disableSanitizeHtml={false}
    enableSharedCrosshair={false}
  />
);

const kinds = { timeseries: Graph, stat: Figure, table: Rows };

const Nothing = ({ panel }) => (
  <div
    style={{
      height: '100%',
      display: 'flex',
      alignItems: 'center',
      justifyContent: 'center',
      textAlign: 'center',
      color: theme.colors.text.secondary,
      padding: 8,
    }}
  >
    {panel.fieldConfig.defaults.noValue}
  </div>
);

const Content = ({ panel, width, height }) => {
  const [frames, setFrames] = useState();
  const [failure, setFailure] = useState();
  useEffect(() => {
    framesOf(panel, scene, theme)
      .then(setFrames, error => setFailure(String(error.stack)))
      .finally(() => settled(panel.id));
  }, [panel]);
  if (failure !== undefined) return <pre data-failure="">{failure}</pre>;
  if (frames === undefined) return null;
  if (frames.length === 0 || frames.every(({ length }) => length === 0)) return <Nothing panel={panel} />;
  const Kind = kinds[panel.type];
  return <Kind frames={frames} panel={panel} width={width} height={height} />;
};

const box = {
  position: 'absolute',
  boxSizing: 'border-box',
  background: theme.colors.background.primary,
  border: `1px solid ${theme.colors.border.weak}`,
  borderRadius: 4,
  overflow: 'hidden',
};

const Panel = ({ panel }) => {
  const column = (width - GAP) / 24;
  const { x, y, w, h } = panel.gridPos;
  const place = {
    left: GAP + x * column,
    top: y * (CELL + GAP),
    width: w * column - GAP,
    height: h * (CELL + GAP) - GAP,
  };
  if (panel.type === 'row') {
    settled(panel.id);
    return (
      <div
        style={{
          position: 'absolute',
          ...place,
          color: theme.colors.text.primary,
          fontWeight: 500,
          lineHeight: '30px',
        }}
      >
        ⌄ {panel.title}
      </div>
    );
  }
  return (
    <div style={{ ...box, ...place }}>
      <div
        style={{
          height: HEADER,
          lineHeight: `${HEADER}px`,
          padding: `0 ${PADDING}px`,
          fontWeight: 500,
          fontSize: 14,
          color: theme.colors.text.primary,
          whiteSpace: 'nowrap',
          overflow: 'hidden',
          textOverflow: 'ellipsis',
        }}
      >
        {panel.title}
      </div>
      <div
        style={{
          height: place.height - HEADER - 2,
          padding: panel.type === 'table' ? 0 : `0 ${PADDING}px ${PADDING}px`,
        }}
      >
        <Content
          panel={panel}
          width={place.width - 2 - (panel.type === 'table' ? 0 : 2 * PADDING)}
          height={place.height - HEADER - 2 - (panel.type === 'table' ? 0 : PADDING)}
        />
      </div>
    </div>
  );
};

const Chooser = ({ label, value }) => (
  <span style={{ display: 'inline-flex', marginRight: 8, fontSize: 12, lineHeight: '30px' }}>
    <span
      style={{
        background: theme.colors.background.secondary,
        padding: '0 8px',
        color: theme.colors.text.primary,
        fontWeight: 500,
      }}
    >
      {label}
    </span>
    <span
      style={{
        background: theme.colors.background.canvas,
        border: `1px solid ${theme.colors.border.medium}`,
        padding: '0 10px',
        color: theme.colors.text.primary,
        lineHeight: '28px',
      }}
    >
      {value}
    </span>
  </span>
);

const valueOf = ({ type, name, current }) =>
  scene.choice[name] ?? (type === 'datasource' ? 'Prometheus' : (current?.text ?? 'All'));

const height = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * (CELL + GAP);

createRoot(document.getElementById('root')).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <div style={{ color: theme.colors.text.primary, padding: '10px 8px 0', fontSize: 16, fontWeight: 500 }}>
      {dashboard.title}
    </div>
    <div style={{ padding: 8 }}>
      {dashboard.templating.list.map(each => (
        <Chooser key={each.name} label={each.label} value={valueOf(each)} />
      ))}
    </div>
    <div style={{ position: 'relative', height }}>
      {dashboard.panels.map(panel => (
        <Panel key={panel.id} panel={panel} />
      ))}
    </div>
  </ThemeContext.Provider>,
);
