"""What the pages are made of. The only package, beside app.py and pages/, that imports Streamlit."""
