"""What the app does beyond one computation: workspace, store, data sets, jobs, thumbnails, projections.

Everything here works without Streamlit; pages and the command line are adapters over it.
"""
