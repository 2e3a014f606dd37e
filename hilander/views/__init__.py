"""What people see, as plain data: tables and pages of clusters. Knows nothing about Streamlit."""
