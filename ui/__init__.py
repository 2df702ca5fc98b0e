"""What pages are made of: the only code beside them that imports Streamlit or Plotly."""
