/** In place of react-custom-scrollbars-2, whose default export the bundler does not find. */
export const Scrollbars = ({ children, className, style }) => (
  <div className={className} style={{ overflow: 'hidden', width: '100%', height: '100%', ...style }}>
    {children}
  </div>
);
export default Scrollbars;
