/** Makes of a board what Grafana imports. The only importer of Grafana's SDK. */
import {
  AxisPlacement,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellDisplayMode,
  TableCellHeight,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  CustomVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type DynamicConfigValue,
  type GridPos,
  type Panel as GrafanaPanel,
  type Threshold,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as FigureBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Board, Column, Figure, Graph, Limits, Panel, Table, Variable } from './board.ts';

const datasource = { type: 'prometheus', uid: '${datasource}' };
const tag = 'netstat-exporter';
const GOOD = 'green';
const WARNING = 'orange';
const CRITICAL = 'red';

export const dashboardOf = (board: Board): Dashboard => {
  const builder = new DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.about)
    .tags([tag])
    .readonly()
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('Netstat')
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));
  for (const variable of board.variables) builder.withVariable(chooser(variable));
  if (board.hasPages) builder.withVariable(scheme());

  let y = 0;
  for (const { title, lines } of board.sections) {
    if (title !== undefined) {
      builder.withRow(new RowBuilder(title).gridPos({ x: 0, y, w: 24, h: 1 }));
      y += 1;
    }
    for (const { height, panels } of lines) {
      let x = 0;
      for (const panel of panels) {
        const place = { x, y, w: panel.width, h: height };
        builder.withPanel({ build: () => built(panel, place) });
        x += panel.width;
      }
      y += height;
    }
  }
  const dashboard = builder.build();
  // Grafana wants them, and the SDK does not make them.
  dashboard.panels?.forEach((panel, index) => (panel.id = index + 1));
  return dashboard;
};

const chooser = ({ name, label, of, labelName, all }: Variable): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query(`label_values(${of}, ${labelName})`)
    .current({ selected: true, text: 'All', value: '$__all' })
    .multi(true)
    .includeAll(true)
    .allValue(all)
    .sort(VariableSort.AlphabeticalAsc)
    .refresh(VariableRefresh.OnTimeRangeChanged);

const scheme = (): CustomVariableBuilder =>
  new CustomVariableBuilder('scheme')
    .label('Pages over')
    .description('How a browser reaches the pages of the exporters.')
    .values('http,https')
    .current({ selected: true, text: 'http', value: 'http' })
    .options([
      { selected: true, text: 'http', value: 'http' },
      { selected: false, text: 'https', value: 'https' },
    ]);

const built = (panel: Panel, place: GridPos): GrafanaPanel => {
  switch (panel.kind) {
    case 'graph':
      return graph(panel).gridPos(place).build();
    case 'figure':
      return figure(panel).gridPos(place).build();
    case 'table':
      return table(panel).gridPos(place).build();
  }
};

const query = (index: number, expr: string): DataqueryBuilder =>
  new DataqueryBuilder()
    .datasource(datasource)
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .expr(expr);

const steps = (limits: Limits | undefined): Threshold[] => {
  if (limits === undefined) return [{ value: null, color: GOOD }];
  const { warning, critical, below = false } = limits;
  return below
    ? [
        { value: null, color: CRITICAL },
        { value: critical, color: WARNING },
        { value: warning, color: GOOD },
      ]
    : [
        { value: null, color: GOOD },
        { value: warning, color: WARNING },
        { value: critical, color: CRITICAL },
      ];
};

const thresholds = (limits: Limits | undefined): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(limits));

const mappings = (words: Readonly<Record<string, string>> = {}): ValueMapping[] =>
  Object.keys(words).length === 0
    ? []
    : [
        {
          type: MappingType.ValueToText,
          options: Object.fromEntries(
            Object.entries(words).map(([value, text], index) => [value, { text, index }]),
          ),
        },
      ];

const lastOf = (): ReduceDataOptionsBuilder =>
  new ReduceDataOptionsBuilder().values(false).calcs(['lastNotNull']).fields('');

/** A line at 0 lies on an axis that ends at 100, or at 10000 %, where nothing says otherwise. */
const softMax = ({ unit, limits, reaches }: Graph): number | undefined => {
  if (reaches !== undefined) return reaches;
  if (unit === 'percentunit') return limits?.critical ?? 0.1;
  return ['short', 'none', 'cps', 'pps'].includes(unit) ? 1 : undefined;
};

const graph = (panel: Graph): GraphBuilder => {
  const { title, about, absent, unit, queries, limits, stacked = false } = panel;
  const reaches = softMax(panel);
  const builder = new GraphBuilder()
    .title(title)
    .description(about)
    .datasource(datasource)
    .unit(unit)
    .min(0)
    .noValue(absent)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(stacked ? 40 : 10)
    .showPoints(VisibilityMode.Never)
    .axisPlacement(AxisPlacement.Auto)
    .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None).group('A'))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .thresholds(thresholds(limits))
    .thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(
        limits === undefined ? GraphThresholdsStyleMode.Off : GraphThresholdsStyleMode.Dashed,
      ),
    )
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max'])
        .sortBy('Last *')
        .sortDesc(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (reaches !== undefined) builder.axisSoftMax(reaches);
  queries.forEach(({ expr, legend }, index) =>
    builder.withTarget(query(index, expr).range().legendFormat(legend)),
  );
  return builder;
};

const figure = ({ title, about, absent, unit, queries, limits, decimals, words }: Figure): FigureBuilder => {
  const builder = new FigureBuilder()
    .title(title)
    .description(about)
    .datasource(datasource)
    .unit(unit)
    .noValue(absent)
    .mappings(mappings(words))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(thresholds(limits))
    .reduceOptions(lastOf())
    .textMode(BigValueTextMode.Auto)
    .colorMode(limits === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    .graphMode(words === undefined ? BigValueGraphMode.Area : BigValueGraphMode.None)
    .orientation(VizOrientation.Auto);
  if (decimals !== undefined) builder.decimals(decimals);
  queries.forEach(({ expr, legend }, index) =>
    builder.withTarget(query(index, expr).range().legendFormat(legend)),
  );
  return builder;
};

const table = ({
  title,
  about,
  absent,
  queries,
  columns,
  hidden = [],
  sort,
  ascending = false,
}: Table): TableBuilder => {
  const builder = new TableBuilder()
    .title(title)
    .description(about)
    .datasource(datasource)
    .noValue(absent)
    .unit('string')
    .cellHeight(TableCellHeight.Sm)
    .showHeader(true)
    .sortBy([new TableSortByFieldStateBuilder().displayName(sort).desc(!ascending)])
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(columns.map(({ field }, index) => [field, index])),
        renameByName: Object.fromEntries(columns.map(column => [column.field, column.title])),
      },
    });
  for (const column of columns) builder.overrideByName(column.title, propertiesOf(column));
  for (const label of hidden) {
    // Out of sight and not out of the row: the first is of Grafana 12, the second of those before.
    const properties = [
      { id: 'custom.hideFrom', value: { viz: true, legend: false, tooltip: false } },
      { id: 'custom.hidden', value: true },
    ];
    builder.overrideByName(label, properties);
  }
  queries.forEach(({ expr }, index) =>
    builder.withTarget(query(index, expr).instant().format(PromQueryFormat.Table)),
  );
  return builder;
};

const propertiesOf = ({ unit, width, limits, decimals, links, words }: Column): DynamicConfigValue[] => [
  // Of an empty cell; the sentence is for a table without any row.
  { id: 'noValue', value: '–' },
  ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
  ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
  ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
  ...(words === undefined ? [] : [{ id: 'mappings', value: mappings(words) }]),
  ...(limits === undefined
    ? []
    : [
        { id: 'thresholds', value: { mode: ThresholdsMode.Absolute, steps: steps(limits) } },
        { id: 'color', value: { mode: FieldColorModeId.Thresholds } },
        { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } },
      ]),
  ...(links === undefined
    ? []
    : [{ id: 'links', value: links.map(link => ({ ...link, targetBlank: true })) }]),
];
