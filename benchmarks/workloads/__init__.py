"""One file per workload; files whose name starts with an underscore are shared by several."""
